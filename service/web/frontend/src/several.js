// Boxes to tick, all or none of them, and how many there are.

import { sayMany } from "./texts.js";

export function several() {
  return {
    words: "",

    init() {
      this.count();
    },

    count() {
      const ticked = this.$root.querySelectorAll("[name=item]:checked").length;
      this.words = ticked ? sayMany("%(count)s chosen", "%(count)s chosen", ticked) : "";
    },

    all() {
      this.tick(true);
    },

    none() {
      this.tick(false);
    },

    tick(ticked) {
      for (const box of this.$root.querySelectorAll("[name=item]:not(:disabled)")) box.checked = ticked;
      this.count();
    },
  };
}
