// The review desk: one item at a time, by keyboard or by hand.

import Alpine from "@alpinejs/csp";

import { call, newKey } from "./api.js";
import { refreshPage } from "./pages.js";

export function desk() {
  let claimed = Promise.resolve();
  return {
    rejecting: false,
    busy: false,

    init() {
      const { item, claim } = this.$el.dataset;
      if (!item || !claim) return;
      claimed = call("POST", `admin/review/${item}/claim`, undefined, { key: newKey() }).catch((refusal) => {
        Alpine.store("toast").show(refusal.message);
      });
    },

    get item() {
      return this.$root.dataset.item;
    },

    approve() {
      return this.decide({ action: "approve" }, "Approved: it is in its listener\u2019s music now.");
    },

    askReason() {
      if (!this.item) return;
      this.rejecting = !this.rejecting;
      if (this.rejecting) this.$nextTick(() => this.$root.querySelector(".reason")?.focus());
    },

    rejectFor(event) {
      return this.decide({ action: "reject", reason: event.currentTarget.dataset.reason }, "Rejected.");
    },

    rejectOther(event) {
      const note = event.target.elements.note.value;
      return this.decide({ action: "reject", reason: "other", note }, "Rejected.");
    },

    async decide(body, words) {
      if (this.busy || !this.item) return;
      this.busy = true;
      await claimed;
      const toast = Alpine.store("toast");
      try {
        const decision = await call("POST", `admin/review/${this.item}/decision`, body, { key: newKey() });
        toast.show(words, "Undo", () => takeBack(decision.id));
      } catch (refusal) {
        toast.show(refusal.message);
      }
      await refreshPage();
      this.busy = false;
    },

    undo(event) {
      return takeBack(event.currentTarget.dataset.decision);
    },

    key(event) {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      if (event.target.closest("input, textarea, dialog")) return;
      const key = event.key.toLowerCase();
      if (this.rejecting && /^[1-9]$/.test(key)) {
        this.$root.querySelectorAll(".reason")[Number(key) - 1]?.click();
      } else if (this.rejecting && key === "escape") {
        this.rejecting = false;
      } else if (key === "a" && this.item) {
        this.approve();
      } else if (key === "r") {
        this.askReason();
      } else if (key === "u") {
        const latest = this.$root.querySelector("[data-decision]");
        if (latest) takeBack(latest.dataset.decision);
      } else if (key === " " && !event.target.closest("button, a, audio")) {
        const audio = this.$root.querySelector("audio");
        if (!audio) return;
        event.preventDefault();
        if (audio.paused) audio.play();
        else audio.pause();
      }
    },
  };
}

async function takeBack(decision) {
  const toast = Alpine.store("toast");
  try {
    await call("POST", `admin/decisions/${decision}/undo`, undefined, { key: newKey() });
    toast.show("Taken back: it waits on the desk again.");
  } catch (refusal) {
    toast.show(refusal.message);
  }
  await refreshPage();
}
