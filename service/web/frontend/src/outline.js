// The outline of one track in a page: where it is played it is sewn as far as it was heard, and a click goes there.

import Alpine from "@alpinejs/csp";

import { peaksOf, waveformIn } from "./waveform.js";

export function outline() {
  let stop = () => {};
  return {
    async init() {
      const room = this.$refs.wave;
      const { of: id, seconds } = this.$el.dataset;
      const around = this.$el.closest("[data-track]");
      const player = Alpine.store("player");
      const isThis = () => player.track?.id === id;
      const silent = document.createElement("audio");
      const wave = await waveformIn(room, silent);
      if (!room.isConnected) {
        wave.destroy();
        return;
      }
      const following = Alpine.effect(() => wave.follow(isThis() ? player.element : silent));
      stop = () => {
        Alpine.release(following);
        wave.destroy();
      };
      room.addEventListener("click", (event) => {
        if (isThis()) player.seek((event.offsetX / room.clientWidth) * player.duration);
        else around?.querySelector("[data-play]")?.click();
      });
      wave.show([], Number(seconds));
      try {
        wave.show(await peaksOf(id), Number(seconds));
      } catch {
        // An even line stands for the track.
      }
    },

    destroy() {
      stop();
    },
  };
}
