// The review desk: one item at a time, by keyboard or by hand.

import Alpine from "@alpinejs/csp";

import { call, newKey } from "./api.js";
import { beside } from "./desk-beside.js";
import { followSound, seekBy } from "./desk-lanes.js";
import { go } from "./house-paging.js";
import { say } from "./texts.js";

// A claim lasts ten minutes; whoever still looks holds it on.
const CLAIM_AGAIN_MS = 240_000;
const SEEK_SECONDS = 5;

export function desk() {
  let claimed = Promise.resolve();
  let claiming;
  let unfollow = () => {};
  return {
    rejecting: false,
    busy: false,
    trouble: "",

    init() {
      const { item, claim } = this.$el.dataset;
      unfollow = followSound(this.$el);
      if (!item || !claim) return;
      const ask = () =>
        call("POST", `admin/review/${item}/claim`).catch((refusal) => {
          this.trouble = refusal.message;
        });
      claimed = ask();
      claiming = setInterval(ask, CLAIM_AGAIN_MS);
    },

    destroy() {
      clearInterval(claiming);
      unfollow();
    },

    get item() {
      return this.$root.dataset.item;
    },

    approve() {
      return this.decide({ action: "approve" }, say("Approved: it is in its listener\u2019s music now."));
    },

    hold() {
      return this.decide({ action: "hold" }, say("Put off: it waits behind all others."));
    },

    askReason() {
      if (!this.item || !this.$root.querySelector("[data-reject]")) return;
      this.rejecting = !this.rejecting;
      if (this.rejecting) this.$nextTick(() => this.$root.querySelector(".reason")?.focus());
    },

    rejectFor(event) {
      return this.decide({ action: "reject", reason: event.currentTarget.dataset.reason }, say("Rejected."));
    },

    rejectOther(event) {
      const note = event.target.elements.note.value;
      return this.decide({ action: "reject", reason: "other", note }, say("Rejected."));
    },

    // What was typed stays where it is when the decision is refused.
    async decide(body, words) {
      if (this.busy || !this.item || !this.$root.querySelector("[data-approve]")) return;
      this.busy = true;
      this.trouble = "";
      await claimed;
      try {
        const decision = await call("POST", `admin/review/${this.item}/decision`, body, { key: newKey() });
        const here = window.location.pathname;
        Alpine.store("toast").show(words, say("Undo"), () => takeBack(decision.id, here));
        await this.goOn();
      } catch (refusal) {
        this.trouble = refusal.message;
      }
      this.busy = false;
    },

    goOn() {
      return go(this.$root.dataset.next ?? this.$root.dataset.home);
    },

    undo(event) {
      const { decision, at } = event.currentTarget.dataset;
      return takeBack(decision, at);
    },

    playBeside(event) {
      beside(this.$root, event.currentTarget);
    },

    showKeys() {
      this.$root.querySelector("[data-keys]").showModal();
    },

    hideKeys() {
      this.$root.querySelector("[data-keys]").close();
    },

    key(event) {
      // A desk that has left the page hears keys until its listener is taken away.
      if (!this.$root) return;
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      if (event.target.closest("input, textarea, select, dialog[open]")) return;
      const key = event.key.toLowerCase();
      if (this.rejecting && /^[1-9]$/.test(key)) {
        this.$root.querySelectorAll(".reason")[Number(key) - 1]?.click();
      } else if (key === "escape") {
        this.rejecting = false;
      } else if (key === " " && !event.target.closest("button, a, audio")) {
        event.preventDefault();
        playOrPause(this.$root);
      } else if (key.startsWith("arrow") && !event.target.closest("audio")) {
        const seconds = { arrowleft: -SEEK_SECONDS, arrowright: SEEK_SECONDS }[key];
        if (!seconds) return;
        event.preventDefault();
        seekBy(this.$root, seconds);
      } else {
        this.letter(key);
      }
    },

    letter(key) {
      const { next, previous } = this.$root.dataset;
      if (key === "a") this.approve();
      else if (key === "r") this.askReason();
      else if (key === "h") this.hold();
      else if (key === "u") this.$root.querySelector("[data-decision]")?.click();
      else if (key === "j" && next) go(next);
      else if (key === "k" && previous) go(previous);
      else if (key === "n") this.$root.querySelector("[data-beside]")?.click();
      else if (key === "?") this.showKeys();
    },
  };
}

function playOrPause(root) {
  const audio = root.querySelector("[data-piece]");
  if (!audio) return;
  if (audio.paused) audio.play();
  else audio.pause();
}

async function takeBack(decision, at) {
  const toast = Alpine.store("toast");
  try {
    await call("POST", `admin/decisions/${decision}/undo`, undefined, { key: newKey() });
    toast.show(say("Taken back: it waits on the desk again."));
  } catch (refusal) {
    toast.show(refusal.message);
  }
  await go(at);
}
