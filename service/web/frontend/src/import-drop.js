// A history file dropped on the page is handed in at once; one that is too large is refused before a byte is sent.

import { say } from "./texts.js";

function refuse(place, sentence) {
  const trouble = place.querySelector("[data-trouble]");
  trouble.textContent = sentence;
  trouble.hidden = sentence === "";
  return sentence !== "";
}

function troubleWith(place, files) {
  const most = Number(place.dataset.mostMegabytes);
  if (files.length > 1) return say("One file at a time, please.");
  if (files[0]?.size > most * 1_000_000) {
    return say("This file has %(size)s MB; at most %(most)s MB are taken.", {
      size: Math.ceil(files[0].size / 1_000_000).toLocaleString(document.documentElement.lang),
      most: most.toLocaleString(document.documentElement.lang),
    });
  }
  return "";
}

function drop(place, event) {
  const { files } = event.dataTransfer;
  if (!files.length || refuse(place, troubleWith(place, files))) return;
  place.querySelector("input[type=file]").files = files;
  place.closest("form").requestSubmit();
}

function fillZone() {
  const field = document.querySelector("[data-own-zone]");
  if (field && !field.value) field.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
}

export function watchDrops() {
  const placeOf = (event) => event.target.closest?.("[data-drop]");
  for (const kind of ["dragenter", "dragover"]) {
    document.addEventListener(kind, (event) => {
      // Also beside the place: a browser would open the file instead of the page.
      if (!document.querySelector("[data-drop]") || !event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      document.querySelector("[data-drop]").classList.toggle("over", Boolean(placeOf(event)));
    });
  }
  document.addEventListener("drop", (event) => {
    const place = document.querySelector("[data-drop]");
    if (!place) return;
    event.preventDefault();
    place.classList.remove("over");
    drop(place, event);
  });
  document.addEventListener("change", (event) => {
    const place = placeOf(event);
    if (place && refuse(place, troubleWith(place, event.target.files))) event.target.value = "";
  });
  fillZone();
  document.addEventListener("htmx:after:swap", fillZone);
}
