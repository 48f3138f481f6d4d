// The outline of a piece on the desk, sewn as far as it was heard. What the server drew stands there without scripts.

import { waveformIn } from "./waveform.js";

export function deskOutline() {
  let stop = () => {};
  return {
    async init() {
      const room = this.$el;
      const media = document.querySelector("audio[data-piece]");
      if (!media) return;
      const peaks = JSON.parse(room.dataset.peaks);
      const drawn = room.querySelector("svg");
      const wave = await waveformIn(room, media);
      if (!room.isConnected) {
        wave.destroy();
        return;
      }
      drawn.remove();
      wave.show(peaks, Number(room.dataset.seconds));
      stop = () => wave.destroy();
    },

    destroy() {
      stop();
    },
  };
}
