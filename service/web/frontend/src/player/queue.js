// The queue as a list of entries, each with a key of its own: the same track may stand in it twice.

import { say } from "../texts.js";

let keys = 0;

export function entriesOf(tracks) {
  return tracks.map((track) => ({ ...track, key: (keys += 1) }));
}

// Where the current entry is once the entry at `from` stands at `to`.
export function moved(queue, place, from, to) {
  const order = [...queue];
  const [entry] = order.splice(from, 1);
  order.splice(to, 0, entry);
  const current = queue[place];
  return { queue: order, place: current ? order.findIndex((each) => each.key === current.key) : -1 };
}

// Of this tab and this person: a reload or a sign-in does not lose what was to come.
export class KeptQueue {
  #name = `homespun-queue-${document.body.dataset.who ?? ""}`;

  keep({ queue, place, position }) {
    try {
      sessionStorage.setItem(this.#name, JSON.stringify({ queue, place, position }));
    } catch {
      // A queue too long to be kept is still played.
    }
  }

  read() {
    try {
      const kept = JSON.parse(sessionStorage.getItem(this.#name));
      return kept?.queue?.[kept.place] ? { ...kept, queue: entriesOf(kept.queue) } : null;
    } catch {
      return null;
    }
  }
}

// Whose a track is, as it stands below its title.
export function bylineOf(track) {
  return track.origin === "composed" ? say("Composed for you") : track.artist || say("Unknown artist");
}
