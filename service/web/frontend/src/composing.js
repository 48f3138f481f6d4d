// "Compose one for me": asks for a piece and follows the job that makes it by Server-Sent Events.

import Alpine from "@alpinejs/csp";

import { call, newKey } from "./api.js";
import { watchJob } from "./job-watch.js";
import { refresh } from "./pages.js";
import { say } from "./texts.js";

const LOOKS = 12;
const BETWEEN_LOOKS_MS = 2500;

// A new piece is listened to before it has a place in the list, which takes some seconds more.
async function showInList(trackId) {
  for (let look = 0; look < LOOKS; look += 1) {
    await refresh("#list");
    if (document.querySelector(`#row-${CSS.escape(trackId ?? "")}`)) return;
    await new Promise((go) => setTimeout(go, BETWEEN_LOOKS_MS));
  }
}

export function composing() {
  let stop = () => {};
  return {
    job: "",
    words: "",
    share: 0,
    trouble: "",

    init() {
      if (this.$el.dataset.job) this.follow(this.$el.dataset.job);
    },

    destroy() {
      stop();
    },

    get done() {
      return { "--done": this.share };
    },

    get percentNumber() {
      return Math.round(this.share * 100);
    },

    get percent() {
      return this.share > 0 ? `${this.percentNumber} %` : "";
    },

    get started() {
      return this.job !== "" && this.job !== "asked";
    },

    async compose() {
      this.trouble = "";
      this.words = say("asking");
      this.share = 0;
      this.job = "asked";
      try {
        const body = { cluster_id: this.$el.closest("[data-cluster]").dataset.cluster };
        const job = await call("POST", "compositions", body, { key: newKey() });
        this.follow(job.id);
      } catch (refusal) {
        this.end(refusal.message);
      }
    },

    async cancel() {
      try {
        await call("DELETE", `jobs/${this.job}`);
      } catch (refusal) {
        this.trouble = refusal.message;
      }
    },

    follow(id) {
      this.job = id;
      this.words = say("waiting for its turn");
      stop = watchJob(id, { told: (job) => this.told(job), away: (words) => (this.trouble = words) });
    },

    told(job) {
      this.share = job.progress;
      if (job.state === "running") this.words = job.progress_text || say("composing");
      if (job.state === "done") this.finished(job);
      if (job.state === "failed") this.end(job.error ?? say("This piece could not be composed."));
      if (job.state === "cancelled") this.end("");
    },

    async finished(job) {
      this.share = 1;
      this.end("");
      if (job.result?.state === "held") {
        Alpine.store("toast").show(say("Your new piece waits for a review first."));
        return;
      }
      Alpine.store("toast").show(say("Ready: \u201c%(title)s\u201d.", { title: job.result?.title ?? say("a new piece") }));
      await refresh("#made");
      await showInList(job.result?.track_id);
    },

    end(trouble) {
      stop();
      this.job = "";
      this.trouble = trouble;
    },
  };
}
