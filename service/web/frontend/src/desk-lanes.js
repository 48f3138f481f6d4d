// Outline, tones and notes share one needle that stands where the sound is; a press moves both.

import Alpine from "@alpinejs/csp";

export function followSound(root) {
  const audio = root.querySelector("[data-piece]");
  if (!audio) return () => {};
  let frame;
  const draw = () => {
    const share = audio.duration > 0 ? audio.currentTime / audio.duration : 0;
    root.querySelector("[data-needle]")?.style.setProperty("--at", share);
    if (!audio.paused) frame = requestAnimationFrame(draw);
  };
  const begin = () => {
    root.querySelector("[data-beside-audio]")?.pause();
    const player = Alpine.store("player");
    if (player.playing) player.toggle();
    cancelAnimationFrame(frame);
    draw();
  };
  const press = (event) => {
    const lane = event.target.closest(".lane-picture");
    if (!lane || !(audio.duration > 0)) return;
    const { left, width } = lane.getBoundingClientRect();
    audio.currentTime = (audio.duration * (event.clientX - left)) / width;
  };
  audio.addEventListener("play", begin);
  audio.addEventListener("seeked", draw);
  root.addEventListener("click", press);
  return () => {
    cancelAnimationFrame(frame);
    audio.pause();
  };
}

export function seekBy(root, seconds) {
  const audio = root.querySelector("[data-piece]");
  if (!audio || !(audio.duration > 0)) return;
  audio.currentTime = Math.min(Math.max(audio.currentTime + seconds, 0), audio.duration);
}
