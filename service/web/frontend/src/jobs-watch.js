// The house's jobs as they happen. One that ends while somebody watches is told of, and so is one whose process died and that is done
// again.

import Alpine from "@alpinejs/csp";

import { apiUrl } from "./api.js";
import { say } from "./texts.js";

const BETWEEN_LOOKS_MS = 2000;
const LOOKS_APART_MS = 500;

let known = new Map();

export function watchJobs() {
  const look = () => {
    const list = document.querySelector("[data-jobs]");
    if (!list) {
      known = new Map();
      return;
    }
    const now = new Map();
    for (const { dataset } of list.querySelectorAll("[data-job]")) {
      now.set(dataset.job, { ...dataset });
      const words = known.has(dataset.job) ? change(known.get(dataset.job), dataset) : "";
      if (words) Alpine.store("toast").show(words);
    }
    known = now;
  };
  let stop = null;
  let followed = null;
  const follow = () => {
    const list = document.querySelector("[data-jobs-live]");
    if (list === followed) return;
    stop?.();
    followed = list;
    stop = list ? followHouse(list) : null;
  };
  for (const each of [look, follow]) {
    document.addEventListener("htmx:after:swap", each);
    each();
  }
}

// The server draws the list anew whenever one of the jobs changes; without a stream it is asked now and then.
function followHouse(list) {
  let waiting = null;
  let timer = null;
  const draw = () => {
    waiting ??= setTimeout(() => {
      waiting = null;
      window.htmx.trigger(list, "look");
    }, LOOKS_APART_MS);
  };
  let source = null;
  // A page that is not seen holds no connection.
  const open = () => {
    source?.close();
    source = null;
    if (document.hidden || timer) return;
    source = new EventSource(apiUrl("admin/jobs/events"));
    source.addEventListener("job", draw);
    source.addEventListener("error", ({ target }) => {
      if (target.readyState === EventSource.CLOSED) timer ??= setInterval(draw, BETWEEN_LOOKS_MS);
    });
  };
  document.addEventListener("visibilitychange", open);
  open();
  return () => {
    document.removeEventListener("visibilitychange", open);
    source?.close();
    clearTimeout(waiting);
    clearInterval(timer);
  };
}

function change(before, now) {
  const isOver = before.state === "running" || before.state === "queued";
  if (isOver && now.state === "failed") return say("%(job)s failed: %(error)s", { job: now.words, error: now.error });
  if (isOver && now.state === "cancelled") return say("%(job)s was called off.", { job: now.words });
  if (before.state === "running" && now.state === "done") return say("%(job)s is done.", { job: now.words });
  if (before.state === "running" && now.state === "queued") return say("%(job)s stopped, and is taken up again.", { job: now.words });
  return "";
}
