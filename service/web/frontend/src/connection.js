// What a person asked for and did not get is said: no network, no answer, or a refusal with its own sentence.

import Alpine from "@alpinejs/csp";
import { say } from "./texts.js";

function byHand(detail) {
  return detail?.ctx?.sourceElement?.matches?.("a, form, button") ?? false;
}

function sentenceOf(text) {
  const page = new DOMParser().parseFromString(text ?? "", "text/html");
  const said = page.querySelector("main [role=alert]:not([x-cloak]), .entrance-foot")?.textContent.trim();
  return said || say("That did not work.");
}

export function watchConnection() {
  const tell = (words) => Alpine.store("toast").show(words);
  document.addEventListener("htmx:error", ({ detail }) => {
    if (byHand(detail)) tell(navigator.onLine ? say("Homespun cannot be reached just now.") : say("You are offline."));
  });
  document.addEventListener("htmx:response:error", ({ detail }) => {
    if (byHand(detail)) tell(sentenceOf(detail.ctx.text));
  });
  window.addEventListener("offline", () => tell(say("You are offline. What plays goes on as far as it is loaded.")));
  window.addEventListener("online", () => tell(say("You are back.")));
}
