// The queue as a panel: jump to a track, move it, take it out, clear what comes. After each the focus stays near by, and what
// was done is said.

import Alpine from "@alpinejs/csp";

import { bylineOf } from "./queue.js";
import { letDrag } from "./queue-drag.js";
import { say, sayMany } from "../texts.js";

export function queuePanel() {
  let panel = null;
  return {
    said: "",

    init() {
      panel = this.$el;
      letDrag(panel, (from, to) => this.move(from, to, "jump"));
    },

    get player() {
      return Alpine.store("player");
    },

    get summary() {
      const coming = this.player.queue.length - this.player.place - 1;
      if (this.player.place < 0) return "";
      return coming === 0
        ? say("Nothing comes after this.")
        : sayMany("%(count)s track comes after this.", "%(count)s tracks come after this.", coming);
    },

    get hasMore() {
      return this.player.queue.length > this.player.place + 1;
    },

    get isEmpty() {
      return this.player.queue.length === 0;
    },

    rowClass(place) {
      return place === this.player.place ? "queue-row now" : place < this.player.place ? "queue-row before" : "queue-row";
    },

    isNow(place) {
      return place === this.player.place ? "true" : "false";
    },

    byline(track) {
      return bylineOf(track);
    },

    isFirst(place) {
      return place === 0;
    },

    isLast(place) {
      return place === this.player.queue.length - 1;
    },

    isCurrent(place) {
      return place === this.player.place;
    },

    label(what, track) {
      return `${what} ${track.title}`;
    },

    raise(place) {
      this.move(place, place - 1, "raise");
    },

    lower(place) {
      this.move(place, place + 1, "lower");
    },

    key(event, place) {
      if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) {
        if (event.key === "Delete") {
          event.preventDefault();
          this.remove(place);
        }
        return;
      }
      event.preventDefault();
      this.move(place, place + (event.key === "ArrowUp" ? -1 : 1), "jump");
    },

    move(from, to, part) {
      if (to < 0 || to >= this.player.queue.length) return;
      const { title } = this.player.queue[from];
      this.player.move(from, to);
      this.said = say("\u201c%(title)s\u201d is number %(place)s of %(count)s now.", {
        title,
        place: to + 1,
        count: this.player.queue.length,
      });
      this.focus(to, part);
    },

    remove(place) {
      const { title } = this.player.queue[place];
      const before = this.player.queue.length;
      this.player.remove(place);
      this.said =
        this.player.queue.length < before
          ? say("\u201c%(title)s\u201d is taken out.", { title })
          : say("\u201c%(title)s\u201d plays: skip it to be rid of it.", { title });
      this.focus(Math.min(place, this.player.queue.length - 1), "jump");
    },

    clear() {
      this.player.clearComing();
      this.focus(this.player.place, "jump");
    },

    focus(place, part) {
      this.$nextTick(() => {
        // Not this.$root: the row that asked may be gone by now.
        const row = panel.querySelectorAll(".queue-row")[place];
        const wanted = row?.querySelector(`[data-part=${part}]:not([disabled])`) ?? row?.querySelector("[data-part=jump]");
        (wanted ?? panel.querySelector("[data-close]")).focus();
      });
    },
  };
}
