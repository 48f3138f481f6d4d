// What goes on for the listener is drawn anew whenever one of their jobs changes; where there is no stream the page asks by itself.

import { followJobs } from "./job-stream.js";

const LOOKS_APART_MS = 1000;

export function watchDoings() {
  let stop = null;
  let waiting = null;
  const draw = () => {
    waiting ??= setTimeout(() => {
      waiting = null;
      const shown = document.querySelector("[data-doings-live]");
      if (shown) window.htmx.trigger(shown, "look");
    }, LOOKS_APART_MS);
  };
  const follow = () => {
    const isThere = document.querySelector("[data-doings-live] .doing") !== null;
    if (isThere && !stop) stop = followJobs({ heard: draw, back: draw });
    if (!isThere && stop) {
      stop();
      stop = null;
    }
  };
  document.addEventListener("htmx:after:swap", follow);
  follow();
}
