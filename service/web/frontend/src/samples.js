// One track at a time is played from a list, to be told from its neighbours.

export function samples() {
  const audio = new Audio();
  let button;
  const show = (sounds) => button?.setAttribute("aria-pressed", String(sounds));
  audio.addEventListener("play", () => show(true));
  for (const end of ["pause", "ended", "error"]) audio.addEventListener(end, () => show(false));
  return {
    destroy() {
      audio.pause();
    },

    play(event) {
      const pressed = event.currentTarget;
      if (button === pressed && !audio.paused) {
        audio.pause();
        return;
      }
      audio.pause();
      show(false);
      if (button !== pressed) audio.src = pressed.dataset.sample;
      button = pressed;
      audio.play().catch(() => show(false));
    },
  };
}
