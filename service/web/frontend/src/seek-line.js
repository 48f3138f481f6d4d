// The seek bar: the track's waveform, sewn as far as it was heard.

import Alpine from "@alpinejs/csp";

import { peaksOf, waveformIn } from "./waveform.js";

export function seekLine() {
  return {
    async init() {
      const player = Alpine.store("player");
      const wave = await waveformIn(this.$refs.wave, player.element);
      const show = async ({ id, duration_seconds: seconds }) => {
        wave.show([], seconds);
        try {
          const peaks = await peaksOf(id);
          if (player.track?.id === id) wave.show(peaks, seconds);
        } catch {
          // An even line stands for the track.
        }
      };
      document.addEventListener("homespun:track", (event) => show(event.detail));
      if (player.track) show(player.track);
    },

    move(event) {
      Alpine.store("player").seek(Number(event.target.value));
    },
  };
}
