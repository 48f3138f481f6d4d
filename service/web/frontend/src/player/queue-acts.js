// What the player does with its queue; `this` is the player.

import Alpine from "@alpinejs/csp";

import { entriesOf, moved } from "./queue.js";
import { moreOf, startStation } from "./stations.js";
import { say } from "../texts.js";

const LEFT_OF_STATION = 2;

export function queueActs(kept) {
  return {
    playNext(track) {
      if (!this.track) this.playFrom([track], 0);
      else this.insert(track, this.place + 1);
    },

    enqueue(track) {
      if (!this.track) this.playFrom([track], 0);
      else this.insert(track, this.queue.length);
    },

    insert(track, place) {
      this.queue = [...this.queue.slice(0, place), ...entriesOf([track]), ...this.queue.slice(place)];
      kept.keep(this);
    },

    jump(place) {
      if (place === this.place) this.toggle();
      else this.start(place);
    },

    move(from, to) {
      Object.assign(this, moved(this.queue, this.place, from, to));
      kept.keep(this);
    },

    // What plays is not taken out: it can be skipped.
    remove(place) {
      if (place === this.place) return;
      this.queue = this.queue.filter((_, each) => each !== place);
      if (place < this.place) this.place -= 1;
      kept.keep(this);
    },

    clearComing() {
      this.station = "";
      this.queue = this.queue.slice(0, this.place + 1);
      kept.keep(this);
    },

    async playStation(track, wish) {
      const toast = Alpine.store("toast");
      try {
        const { id, tracks } = await startStation(track.id, wish);
        if (!tracks.length) {
          toast.show(say("Nothing else like it is here yet."));
          return;
        }
        this.playFrom(tracks, 0);
        this.station = id;
        toast.show(say("A station from \u201c%(title)s\u201d.", { title: track.title }));
      } catch (refusal) {
        toast.show(refusal.message);
      }
    },

    async fill() {
      if (!this.station || this.queue.length - this.place > LEFT_OF_STATION) return;
      try {
        const station = this.station;
        const tracks = await moreOf(station);
        if (this.station !== station) return;
        if (tracks.length) this.queue = [...this.queue, ...entriesOf(tracks)];
        else this.station = "";
      } catch {
        // It is asked again at the next track.
      }
    },
  };
}
