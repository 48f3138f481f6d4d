// Rows that play on a click, and thumbs that act at once and can be taken back.

import Alpine from "@alpinejs/csp";

import { call } from "./api.js";
import { refresh } from "./pages.js";
import { say } from "./texts.js";

const LEAVING_MS = 320;

function trackOf(element) {
  return JSON.parse(element.closest("[data-track]").dataset.track);
}

function play(button) {
  const chosen = trackOf(button);
  const queue = [];
  for (const row of (button.closest("[data-queue]") ?? button.parentElement).querySelectorAll("[data-track]")) {
    const track = JSON.parse(row.dataset.track);
    if (!queue.some((other) => other.id === track.id)) queue.push(track);
  }
  const player = Alpine.store("player");
  if (player.track?.id === chosen.id) player.toggle();
  else player.playFrom(queue, queue.findIndex((track) => track.id === chosen.id));
}

async function setThumb(id, value) {
  if (value === "none") await call("DELETE", `tracks/${id}/thumb`);
  else await call("PUT", `tracks/${id}/thumb`, { value });
}

function showThumb(id, value) {
  for (const button of document.querySelectorAll(`[data-thumb][data-of="${CSS.escape(id)}"]`)) {
    button.setAttribute("aria-pressed", String(button.dataset.thumb === value));
    button.dataset.now = value;
  }
}

async function press(id, thumb, before) {
  const value = before === thumb ? "none" : thumb;
  const toast = Alpine.store("toast");
  showThumb(id, value);
  try {
    await setThumb(id, value);
  } catch (refusal) {
    showThumb(id, before);
    toast.show(refusal.message);
    return;
  }
  const undo = async () => {
    try {
      await setThumb(id, before);
      showThumb(id, before);
      await refresh("#list");
    } catch (refusal) {
      toast.show(refusal.message);
    }
  };
  if (value === "down") {
    toast.show(say("Hidden from your list."), say("Undo"), undo);
    document.querySelector(`.row[data-id="${CSS.escape(id)}"]`)?.classList.add("leaving");
    Alpine.store("player").leave(id);
    setTimeout(() => refresh("#list"), LEAVING_MS);
  } else {
    if (value === "up") toast.show(say("Noted: more like this."), say("Undo"), undo);
    await refresh("#list");
  }
}

// What a track's sheet offers.
function doWith(element) {
  const button = element.closest("button[data-next], button[data-later], button[data-station]");
  if (!button) return;
  const player = Alpine.store("player");
  const track = trackOf(button);
  button.closest("dialog")?.close();
  if (button.dataset.station !== undefined) {
    player.playStation(track, JSON.parse(button.dataset.station));
    return;
  }
  if (button.dataset.next !== undefined) player.playNext(track);
  else player.enqueue(track);
  Alpine.store("toast").show(button.dataset.next !== undefined ? say("It comes next.") : say("It is in the queue."));
}

// Which rows sound now; told to rows that come in later, too.
export function markRows() {
  const player = Alpine.store("player");
  for (const row of document.querySelectorAll(".row[data-id]")) {
    const current = player.track?.id === row.dataset.id;
    row.classList.toggle("playing", current);
    row.classList.toggle("sounding", current && player.playing);
  }
}

export function watchList() {
  document.addEventListener("click", (event) => {
    const thumb = event.target.closest("[data-thumb]");
    if (thumb) press(thumb.dataset.of, thumb.dataset.thumb, thumb.dataset.now || "none");
    const start = event.target.closest("[data-play]");
    if (start) play(start);
    doWith(event.target);
  });
  document.addEventListener("homespun:thumb", ({ detail: { track, thumb } }) => {
    const shown = document.querySelector(`[data-thumb][data-of="${CSS.escape(track.id)}"]`);
    press(track.id, thumb, shown?.dataset.now || track.thumb || "none");
  });
  document.addEventListener("htmx:after:swap", markRows);
  document.addEventListener("alpine:initialized", () => Alpine.effect(markRows));
}
