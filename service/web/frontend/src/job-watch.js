// Follows a job to its end by the stream of the listener's jobs. Where that is refused or lost it asks now and then instead, and
// says so.

import { call } from "./api.js";
import { followJobs } from "./job-stream.js";
import { say } from "./texts.js";

const BETWEEN_LOOKS_MS = 3000;
const OVER = ["done", "failed", "cancelled"];

// told(job) at every change; away(words) when nothing is heard, with "" once it is again. Gives a function that stops.
export function watchJob(id, { told, away = () => {} }) {
  let unfollow = () => {};
  let timer = null;
  let stopped = false;
  let asks = false;

  const stop = () => {
    stopped = true;
    unfollow();
    clearTimeout(timer);
  };

  const hear = (job) => {
    if (stopped) return;
    away("");
    if (OVER.includes(job.state)) stop();
    told(job);
  };

  const look = async () => {
    try {
      hear(await call("GET", `jobs/${id}`, undefined, { stay: true }));
    } catch (refusal) {
      if (stopped) return;
      if (refusal.code === "signed_out") {
        stop();
        away(say("You were signed out. The work goes on; sign in again to see it."));
        return;
      }
      if (refusal.code === "unknown_job") {
        stop();
        told({ state: "cancelled", progress: 0, progress_text: "", error: say("This job is not known any more.") });
        return;
      }
      away(say("Homespun cannot be reached just now. It is tried again."));
    }
    if (asks && !stopped) timer = setTimeout(look, BETWEEN_LOOKS_MS);
  };

  unfollow = followJobs({
    heard: (job) => {
      if (job.id === id) hear(job);
    },
    back: () => {
      if (!stopped && !asks) look();
    },
    lost: (isRefused) => {
      if (stopped) return;
      if (isRefused && !asks) {
        asks = true;
        look();
      } else if (!navigator.onLine) away(say("You are offline. The work goes on all the same."));
    },
  });
  // One that was over before the stream began is not told of in it.
  look();
  return stop;
}
