// Waveforms, drawn by wavesurfer from peaks that the server measured: no sound is fetched or decoded to draw one. They are sewn in
// one colour as far as the sound was heard and in another from there on.

import { call } from "./api.js";

const REMEMBERED = 24;
const FLAT = [0, 0];

// Read once: pages that come later are put into the document that has this policy.
const nonce = document.querySelector("link[rel=stylesheet]")?.nonce ?? "";
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const known = new Map();

export async function peaksOf(trackId) {
  if (!known.has(trackId)) {
    const { peaks } = await call("GET", `tracks/${trackId}/waveform`);
    if (known.size >= REMEMBERED) known.delete(known.keys().next().value);
    known.set(trackId, peaks);
  }
  return known.get(trackId);
}

// In `room`, along the audio element `media`. Gives show(peaks, seconds), follow(another element) and destroy().
export async function waveformIn(room, media) {
  const { default: WaveSurfer } = await import("wavesurfer.js");
  const wave = WaveSurfer.create({
    container: room,
    media,
    cspNonce: nonce,
    height: "auto",
    barWidth: 3,
    barGap: 2,
    barRadius: 2,
    barMinHeight: 3,
    barHeight: 0.9,
    cursorWidth: 0,
    hideScrollbar: true,
    interact: false,
    ...coloursOf(room),
  });
  const recolour = () => wave.setOptions(coloursOf(room));
  dark.addEventListener("change", recolour);
  let followed = media;
  return {
    show(peaks, seconds) {
      // The element's own address: another one would be loaded.
      wave.load(followed.currentSrc || followed.src, [peaks.length ? peaks : FLAT], seconds || 1);
    },

    follow(element) {
      if (element === followed) return;
      followed = element;
      wave.setMediaElement(element);
      wave.setTime(element.currentTime);
    },

    destroy() {
      dark.removeEventListener("change", recolour);
      wave.destroy();
    },
  };
}

function coloursOf(room) {
  const style = getComputedStyle(room);
  return { waveColor: style.color, progressColor: style.accentColor };
}
