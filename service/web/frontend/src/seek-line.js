// The seek bar: the track's waveform, sewn as far as it was heard.

import Alpine from "@alpinejs/csp";

import { call } from "./api.js";

const STEP = 5;
const WIDTH = 3;

export function seekLine() {
  let peaks = [];
  return {
    init() {
      const canvas = this.$refs.canvas;
      const draw = () => this.draw(canvas);
      document.addEventListener("homespun:track", async (event) => {
        peaks = [];
        draw();
        try {
          const told = await call("GET", `tracks/${event.detail.id}/waveform`);
          if (Alpine.store("player").track?.id === event.detail.id) peaks = told.peaks;
        } catch {
          // An even line then stands for the track.
        }
        draw();
      });
      new ResizeObserver(draw).observe(canvas);
      window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
      Alpine.effect(() => {
        Alpine.store("player").position;
        draw();
      });
    },

    move(event) {
      Alpine.store("player").seek(Number(event.target.value));
    },

    draw(canvas) {
      const { clientWidth: width, clientHeight: height } = canvas;
      if (!width) return;
      const scale = window.devicePixelRatio || 1;
      canvas.width = width * scale;
      canvas.height = height * scale;
      const pen = canvas.getContext("2d");
      pen.scale(scale, scale);
      const colours = getComputedStyle(canvas);
      const player = Alpine.store("player");
      const heard = player.duration ? (player.position / player.duration) * width : 0;
      const bars = Math.floor(width / STEP);
      for (let bar = 0; bar < bars; bar += 1) {
        const tall = Math.max(3, level(peaks, bar, bars) * (height - 8));
        const left = bar * STEP;
        pen.fillStyle = left < heard ? colours.getPropertyValue("accent-color") : colours.color;
        pen.beginPath();
        pen.roundRect(left, (height - tall) / 2, WIDTH, tall, WIDTH / 2);
        pen.fill();
      }
    },
  };
}

function level(peaks, bar, bars) {
  if (!peaks.length) return 0;
  const from = Math.floor((bar / bars) * peaks.length);
  const to = Math.max(from + 1, Math.floor(((bar + 1) / bars) * peaks.length));
  return Math.max(...peaks.slice(from, to));
}
