// Keys of the player. Letters can be switched off, for those who speak to their machine or press keys by chance.

import Alpine from "@alpinejs/csp";

import { openSheet } from "../dialogs.js";

const KEPT = "homespun-letter-keys";
const SEEK_SECONDS = 5;

export function letterKeys() {
  return {
    on: letters(),

    toggle() {
      this.on = !this.on;
      localStorage.setItem(KEPT, String(this.on));
    },
  };
}

function letters() {
  return localStorage.getItem(KEPT) !== "false";
}

function press(thumb) {
  const { track } = Alpine.store("player");
  if (track) document.dispatchEvent(new CustomEvent("homespun:thumb", { detail: { track, thumb } }));
}

function letter(key, player) {
  const acts = {
    "?": () => openSheet("keys"),
    q: () => openSheet("queue"),
    m: () => player.toggleMute(),
    u: () => press("up"),
    d: () => press("down"),
    i: () => player.about(),
  };
  return acts[key];
}

export function watchKeys() {
  document.addEventListener("keydown", (event) => {
    const player = Alpine.store("player");
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.target.closest("input, textarea, select, dialog[open], audio, [role=slider]")) return;
    if (document.querySelector("[data-own-keys]")) return;
    const act = letters() ? letter(event.key, player) : null;
    if (act) {
      event.preventDefault();
      act();
    } else if (player.track) control(event, player);
  });
}

function control(event, player) {
  if (event.code === "Space" && !event.target.closest("button, a, summary")) {
    event.preventDefault();
    player.toggle();
  } else if (event.code === "ArrowRight") {
    if (event.shiftKey) player.next();
    else player.seek(player.position + SEEK_SECONDS);
  } else if (event.code === "ArrowLeft") {
    if (event.shiftKey) player.previous();
    else player.seek(player.position - SEEK_SECONDS);
  }
}
