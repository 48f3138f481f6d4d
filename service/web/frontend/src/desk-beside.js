// A track of the catalogue plays beside the piece: when one sounds, the other rests.

export function beside(root, button) {
  const audio = root.querySelector("[data-beside-audio]");
  const piece = root.querySelector("[data-piece]");
  const chosen = button.dataset.beside;
  const isSame = audio.getAttribute("src") === chosen;
  if (isSame && !audio.paused) {
    audio.pause();
    return;
  }
  if (!isSame) audio.src = chosen;
  piece?.pause();
  audio.onplay = () => show(root, chosen);
  audio.onpause = () => show(root, null);
  audio.play().catch(() => show(root, null));
}

function show(root, sounding) {
  for (const button of root.querySelectorAll("[data-beside]")) {
    const sounds = button.dataset.beside === sounding;
    button.setAttribute("aria-pressed", String(sounds));
    button.querySelector("[data-beside-play]").hidden = sounds;
    button.querySelector("[data-beside-pause]").hidden = !sounds;
  }
}
