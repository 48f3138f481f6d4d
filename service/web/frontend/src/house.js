// What the owner's rooms need of scripts.

import Alpine from "@alpinejs/csp";

import { watchCharts } from "./charts.js";
import { deskOutline } from "./desk-outline.js";
import { desk } from "./desk.js";
import { watchJobs } from "./jobs-watch.js";
import { samples } from "./samples.js";
import { several } from "./several.js";

export function furnishHouse() {
  Alpine.data("desk", desk);
  Alpine.data("deskOutline", deskOutline);
  Alpine.data("samples", samples);
  Alpine.data("several", several);
  watchCharts();
  watchJobs();
  watchReach();
  showRoom();
  document.addEventListener("htmx:after:swap", showRoom);
}

// On a narrow screen the way through the house is wider than the screen: one sees where one is.
function showRoom() {
  const here = document.querySelector(".house-nav [aria-current]");
  const nav = here?.closest(".house-nav");
  if (nav) nav.scrollLeft = here.offsetLeft - (nav.clientWidth - here.offsetWidth) / 2;
}

// Whether Homespun can be reached, as the browser and the last request tell it.
function watchReach() {
  const show = (isAway) => {
    const told = document.querySelector("[data-offline]");
    if (told) told.hidden = !isAway;
  };
  window.addEventListener("offline", () => show(true));
  window.addEventListener("online", () => show(false));
  document.addEventListener("htmx:error", () => show(true));
  document.addEventListener("htmx:after:swap", () => show(false));
}
