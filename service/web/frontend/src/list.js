// Rows that play on a click, and thumbs that act at once and can be taken back.

import Alpine from "@alpinejs/csp";

import { call } from "./api.js";
import { refresh } from "./pages.js";

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

async function press(button) {
  const id = button.dataset.of;
  const before = button.dataset.now || "none";
  const value = before === button.dataset.thumb ? "none" : button.dataset.thumb;
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
    toast.show("Hidden from your list.", "Undo", undo);
    document.querySelector(`.row[data-id="${CSS.escape(id)}"]`)?.classList.add("leaving");
    Alpine.store("player").leave(id);
    setTimeout(() => refresh("#list"), LEAVING_MS);
  } else {
    if (value === "up") toast.show("Noted: more like this.", "Undo", undo);
    await refresh("#list");
  }
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
    if (thumb) press(thumb);
    const start = event.target.closest("[data-play]");
    if (start) play(start);
  });
  document.addEventListener("htmx:after:swap", markRows);
  document.addEventListener("alpine:initialized", () => Alpine.effect(markRows));
}
