// A piece that is being composed: its stage, how far it is and how long it will take. At the end the server draws what came of it.

import Alpine from "@alpinejs/csp";

import { call } from "../api.js";
import { watchJob } from "../job-watch.js";
import { say } from "../texts.js";

export function jobCard() {
  let stop = () => {};
  let card = null;
  return {
    words: "",
    left: "",
    away: "",

    init() {
      card = this.$el;
      this.words = card.querySelector(".card-state span").textContent.trim();
      this.left = card.querySelector(".card-left").textContent.trim();
      stop = watchJob(card.dataset.job, {
        told: (job) => this.told(job),
        away: (words) => (this.away = words),
      });
    },

    destroy() {
      stop();
    },

    told(job) {
      if (["done", "failed", "cancelled"].includes(job.state)) {
        this.over(job);
        return;
      }
      if (job.state === "running") this.words = job.progress_text || this.words;
      this.left = remaining(job.seconds_left);
      const thread = card.querySelector(".thread");
      thread.style.setProperty("--done", job.progress);
      thread.setAttribute("aria-valuenow", Math.round(job.progress * 100));
      thread.setAttribute("aria-valuetext", `${this.words}, ${Math.round(job.progress * 100)} %`);
    },

    async over(job) {
      if (job.state === "done") Alpine.store("toast").show(cameOf(job.result));
      await window.htmx.ajax("GET", card.dataset.fragment, { target: card, swap: "outerHTML" });
      for (const part of document.querySelectorAll("#versions, #files")) {
        // Not morphed: what a form there had hidden would be seen again.
        await window.htmx.ajax("GET", part.dataset.from, { target: part, swap: "innerHTML" });
      }
    },

    async cancel() {
      try {
        await call("DELETE", `jobs/${card.dataset.job}`, undefined, { stay: true });
        this.words = say("calling it off");
      } catch (refusal) {
        this.away = refusal.message;
      }
    },
  };
}

function remaining(seconds) {
  if (seconds === null || seconds === undefined) return "";
  if (seconds < 90) return say("about %(n)s s left", { n: Math.max(1, Math.round(seconds)) });
  return say("about %(n)s min left", { n: Math.round(seconds / 60) });
}

function cameOf(result) {
  if (result?.kind) return say("The archive is ready to be downloaded.");
  if (result?.state === "listed") return say("Ready: \u201c%(title)s\u201d.", { title: result.title });
  return result?.state === "held" ? say("It waits for a review first.") : say("It did not pass its test.");
}
