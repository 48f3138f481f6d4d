// A change of a piece: asked for in place, followed above the other changes.

import { call, newKey } from "../api.js";
import { say } from "../texts.js";

const NUMBERS = ["bars", "amount", "semitones", "tempo_bpm", "first_bar", "last_bar"];

export function editForm() {
  let form = null;
  return {
    busy: false,
    trouble: "",
    signedOut: false,

    init() {
      form = this.$el;
    },

    async submit() {
      if (this.busy) return;
      this.busy = true;
      this.trouble = "";
      this.signedOut = false;
      try {
        const job = await call("POST", `compositions/${form.dataset.piece}/edits`, asked(form), { key: newKey(), stay: true });
        await follow(job.id);
      } catch (refusal) {
        this.signedOut = refusal.code === "signed_out";
        this.trouble = this.signedOut ? say("You were signed out meanwhile.") : refusal.message;
      }
      this.busy = false;
    },
  };
}

function asked(form) {
  const told = new FormData(form);
  const body = { kind: told.get("kind") };
  for (const name of NUMBERS) if (told.get(name)) body[name] = Number(told.get(name));
  if (body.kind === "regenerate") {
    body.rows = told.getAll("rows");
    if (!body.rows.length) throw new Error(say("Choose at least one part that is to be written anew."));
  }
  return body;
}

async function follow(job) {
  const going = document.querySelector("#going");
  const place = document.createElement("li");
  going.prepend(place);
  const address = going.dataset.card.replace("JOB", job);
  await window.htmx.ajax("GET", address, { target: place, swap: "innerHTML" });
  going.scrollIntoView({ block: "nearest" });
}
