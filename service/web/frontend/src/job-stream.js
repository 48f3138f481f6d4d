// The listener's jobs by one stream of Server-Sent Events for all of a page that follows any of them. A page that is not seen holds
// none, for browsers have few connections to one server.

import { apiUrl } from "./api.js";

const followers = new Set();
let source = null;

// heard(job) at every change of any of them; lost(isRefused) when the stream breaks; back() when the page is seen again. Gives a
// function that stops.
export function followJobs(follower) {
  followers.add(follower);
  source ??= opened();
  return () => {
    followers.delete(follower);
    if (followers.size) return;
    source?.close();
    source = null;
  };
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    source?.close();
    source = null;
  } else if (followers.size) {
    source ??= opened();
    for (const { back } of [...followers]) back?.();
  }
});

function opened() {
  const stream = new EventSource(apiUrl("jobs/events"));
  stream.addEventListener("job", (event) => {
    const job = JSON.parse(event.data);
    for (const { heard } of [...followers]) heard(job);
  });
  stream.addEventListener("error", () => {
    // A browser tries again by itself unless the stream was refused.
    const isRefused = stream.readyState === EventSource.CLOSED;
    if (isRefused) source = null;
    for (const { lost } of [...followers]) lost?.(isRefused);
  });
  return stream;
}
