// One short message at a time, with something to do about it.

const SHOWN_MS = 8000;

export function toast() {
  let timer;
  let action = null;
  return {
    text: "",
    label: "",

    show(text, label = "", doIt = null) {
      clearTimeout(timer);
      this.text = text;
      this.label = label;
      action = doIt;
      timer = setTimeout(() => this.hide(), SHOWN_MS);
    },

    hide() {
      clearTimeout(timer);
      this.text = "";
      action = null;
    },

    async act() {
      const chosen = action;
      this.hide();
      await chosen?.();
    },
  };
}
