// The compose form: words that are understood while they are typed, a pad for the mood, and a draft that is not lost.

import { call, newKey } from "../api.js";
import { Draft } from "./draft.js";
import { say } from "../texts.js";

const TYPING_MS = 450;
const ROWS = ["lead", "comp", "pad", "bass", "drums"];
const PAD = 200;
const EDGE = 16;

export function composeForm() {
  let form = null;
  let draft = null;
  let typing = null;
  return {
    valence: 0,
    arousal: 0,
    busy: false,
    trouble: "",
    signedOut: false,
    restored: false,

    init() {
      form = this.$el;
      draft = new Draft(form);
      this.trouble = form.querySelector("[data-trouble]").textContent.trim();
      this.restored = draft.restore();
      if (this.restored) this.understand();
      if (form.elements.mood.value === "own") this.readLines();
      else this.tasteChosen();
      this.$refs.pad.hidden = false;
    },

    destroy() {
      clearTimeout(typing);
    },

    get busyLabel() {
      const said = form?.querySelector("[data-busy]")?.dataset;
      return this.busy ? said?.busy : said?.idle;
    },

    get padX() {
      return PAD / 2 + this.valence * (PAD / 2 - EDGE);
    },

    get padY() {
      return PAD / 2 - this.arousal * (PAD / 2 - EDGE);
    },

    get moodText() {
      return `${brightness(shade(this.valence))}, ${liveliness(shade(this.arousal))}`;
    },

    changed(event) {
      draft.keep();
      if (event.target.name !== "words") return;
      clearTimeout(typing);
      typing = setTimeout(() => this.understand(), TYPING_MS);
    },

    async understand() {
      const place = form.querySelector("#understood");
      const query = new URLSearchParams({ words: form.elements.words.value });
      try {
        const answer = await fetch(`${form.elements.words.dataset.understand}?${query}`, { redirect: "manual" });
        if (answer.ok) place.innerHTML = await answer.text();
        else if (answer.type === "opaqueredirect") this.refuse({ code: "signed_out" });
      } catch {
        // The words are read again when the piece is asked for.
      }
    },

    tasteChosen() {
      if (form.elements.mood.value === "own") return;
      const { valence, arousal } = form.elements.cluster_id.selectedOptions[0].dataset;
      this.setMood(Number(valence), Number(arousal), false);
    },

    readLines() {
      this.valence = Number(form.elements.valence.value);
      this.arousal = Number(form.elements.arousal.value);
    },

    moodLine() {
      this.readLines();
      form.elements.mood.value = "own";
    },

    setMood(valence, arousal, isOwn = true) {
      form.elements.valence.value = String(within(valence));
      form.elements.arousal.value = String(within(arousal));
      this.readLines();
      if (!isOwn) return;
      form.elements.mood.value = "own";
      draft.keep();
    },

    grab(event) {
      event.currentTarget.setPointerCapture(event.pointerId);
      this.drag(event);
    },

    drag(event) {
      if (event.buttons === 0 && event.type === "pointermove") return;
      const { left, top, width, height } = this.$refs.pad.getBoundingClientRect();
      const across = ((event.clientX - left) / width - 0.5) * (PAD / (PAD / 2 - EDGE));
      const up = (0.5 - (event.clientY - top) / height) * (PAD / (PAD / 2 - EDGE));
      this.setMood(across, up);
    },

    moodKey(event) {
      const step = event.shiftKey ? 0.2 : 0.05;
      const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
      const move = moves[event.key] ?? (event.key === "Home" ? [-this.valence, -this.arousal] : null);
      if (!move) return;
      event.preventDefault();
      event.stopPropagation();
      this.setMood(this.valence + move[0], this.arousal + move[1]);
    },

    forget() {
      draft.forget();
      form.reset();
      this.restored = false;
      this.tasteChosen();
      this.understand();
    },

    async submit() {
      if (this.busy) return;
      this.busy = true;
      this.trouble = "";
      this.signedOut = false;
      const jobs = [];
      try {
        const body = asked(form);
        for (let piece = 0; piece < Number(form.elements.pieces.value); piece += 1) {
          jobs.push((await call("POST", "compositions", body, { key: newKey(), stay: true })).id);
        }
      } catch (refusal) {
        this.refuse(refusal);
      }
      this.busy = false;
      // Where not all were taken, those that were are composed all the same.
      if (!jobs.length) return;
      draft.forget();
      const address = `${form.dataset.go}?${new URLSearchParams(jobs.map((id) => ["job", id]))}`;
      await window.htmx.ajax("GET", address, { target: "#main", select: "#main", swap: "outerHTML show:window:top", push: address });
    },

    refuse(refusal) {
      this.signedOut = refusal.code === "signed_out";
      this.trouble = this.signedOut
        ? say("You were signed out meanwhile. What you typed is kept until you are back.")
        : refusal.message;
      this.$nextTick(() => form.querySelector("[data-trouble]")?.scrollIntoView({ block: "center" }));
    },
  };
}

function asked(form) {
  const told = (name) => form.elements[name].value.trim();
  const body = { words: told("words") };
  if (told("cluster_id")) body.cluster_id = told("cluster_id");
  if (told("seconds")) body.seconds = Number(told("seconds"));
  if (told("tempo_bpm")) body.tempo_bpm = Number(told("tempo_bpm"));
  if (told("mood") === "own") body.mood = { valence: Number(told("valence")), arousal: Number(told("arousal")) };
  const players = ROWS.filter((row) => told(row)).map((row) => [row, told(row)]);
  if (players.length) body.instruments = Object.fromEntries(players);
  return body;
}

function within(value) {
  return Math.round(Math.min(1, Math.max(-1, value)) * 100) / 100;
}

// From -3 to 3.
function shade(value) {
  const far = Math.abs(value);
  return Math.sign(value) * [0.12, 0.35, 0.7].filter((edge) => far >= edge).length;
}

function brightness(step) {
  return [
    say("very dark"),
    say("dark"),
    say("rather dark"),
    say("neither dark nor bright"),
    say("rather bright"),
    say("bright"),
    say("very bright"),
  ][step + 3];
}

function liveliness(step) {
  return [
    say("very calm"),
    say("calm"),
    say("rather calm"),
    say("neither calm nor lively"),
    say("rather lively"),
    say("lively"),
    say("very lively"),
  ][step + 3];
}
