// Tells Homespun what became of a play: begun, gone on, skipped, or heard to its end.

import { call, newKey } from "./api.js";

const EVERY_SECONDS = 30;

export class Reports {
  #play = null;

  begin(trackId) {
    this.#play = { trackId, key: newKey(), told: 0 };
    this.#tell("start", 0);
  }

  // A play that was brought back after a reload is told once it sounds.
  resume(trackId) {
    if (!this.#play) this.begin(trackId);
  }

  progress(position) {
    if (!this.#play || position - this.#play.told < EVERY_SECONDS) return;
    this.#play.told = position;
    this.#tell("progress", position);
  }

  end(position) {
    this.#tell("end", position);
    this.#play = null;
  }

  left(position) {
    if (!this.#play) return;
    this.#tell("skip", position);
    this.#play = null;
  }

  #tell(kind, position) {
    if (!this.#play) return;
    const event = {
      track_id: this.#play.trackId,
      play_key: this.#play.key,
      kind,
      position_seconds: Math.round(position * 10) / 10,
      happened_at: new Date().toISOString(),
    };
    // Music goes on when a report is lost.
    call("POST", "playback-events", { events: [event] }, { keepalive: true }).catch(() => {});
  }
}
