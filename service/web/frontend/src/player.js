// What is playing, and what comes next. It lives outside <main>, so a change of page does not stop the music.

import Alpine from "@alpinejs/csp";

import { apiUrl } from "./api.js";
import { showFragment } from "./dialogs.js";
import { bylineOf, entriesOf, KeptQueue } from "./player/queue.js";
import { queueActs } from "./player/queue-acts.js";
import { offerControls, tellState, tellTrack } from "./player/system.js";
import { Tabs } from "./player/tabs.js";
import { Reports } from "./reports.js";
import { say } from "./texts.js";

const RESTART_SECONDS = 4;

export function player() {
  // In the page, where browsers and their extensions look for what sounds.
  const audio = document.body.appendChild(document.createElement("audio"));
  audio.preload = "auto";
  const reports = new Reports();
  const kept = new KeptQueue();
  const tabs = new Tabs();

  return {
    queue: [],
    place: -1,
    track: null,
    playing: false,
    position: 0,
    duration: 0,
    volume: 0.9,
    muted: false,
    station: "",
    trouble: "",
    ...queueActs(kept),

    init() {
      this.volume = Number(window.localStorage.getItem("homespun-volume") ?? 0.9);
      audio.addEventListener("play", () => {
        if (this.track) reports.resume(this.track.id);
        tabs.begin();
        this.sounding(true);
      });
      audio.addEventListener("pause", () => this.sounding(false));
      audio.addEventListener("timeupdate", () => {
        this.position = audio.currentTime;
        reports.progress(audio.currentTime);
      });
      audio.addEventListener("durationchange", () => {
        if (Number.isFinite(audio.duration)) this.duration = audio.duration;
      });
      audio.addEventListener("ended", () => this.ended());
      audio.addEventListener("error", () => this.failed());
      audio.addEventListener("seeked", () => tellState(this.playing, audio));
      window.addEventListener("online", () => this.comeBack());
      window.addEventListener("pagehide", () => {
        kept.keep(this);
        reports.left(audio.currentTime);
      });
      tabs.onOther(() => {
        if (audio.paused) return;
        audio.pause();
        Alpine.store("toast").show(say("Music plays in another tab now."));
      });
      offerControls(this, audio);
      this.restore();
    },

    restore() {
      const before = kept.read();
      if (!before) return;
      this.queue = before.queue;
      this.load(before.place);
      audio.currentTime = before.position;
      this.position = before.position;
    },

    get element() {
      return audio;
    },

    get hasPrevious() {
      return this.track !== null;
    },

    get hasNext() {
      return this.place + 1 < this.queue.length;
    },

    get cover() {
      return this.track ? this.coverOf(this.track) : "";
    },

    coverOf(track) {
      return apiUrl(`tracks/${track.id}/cover?size=96`);
    },

    get title() {
      return this.track?.title ?? "";
    },

    get byline() {
      return this.track ? bylineOf(this.track) : "";
    },

    get coverClass() {
      return this.track ? `cover ${this.track.origin}` : "cover";
    },

    get positionText() {
      return clock(this.position);
    },

    get durationText() {
      return clock(this.duration);
    },

    get playLabel() {
      return this.playing ? say("Pause") : say("Play");
    },

    playFrom(tracks, place) {
      this.queue = entriesOf(tracks);
      this.station = "";
      this.start(place);
    },

    start(place) {
      reports.left(audio.currentTime);
      this.load(place);
      reports.begin(this.track.id);
      // Refused only where the browser wants a click first; the button then shows that it is paused.
      audio.play().catch(() => this.sounding(false));
      this.fill();
    },

    load(place) {
      this.place = place;
      this.track = this.queue[place];
      this.trouble = "";
      this.position = 0;
      this.duration = this.track.duration_seconds;
      audio.src = apiUrl(`tracks/${this.track.id}/stream`);
      this.applyVolume();
      tellTrack(this.track, this.byline);
      kept.keep(this);
      document.body.classList.add("sounds");
      document.dispatchEvent(new CustomEvent("homespun:track", { detail: this.track }));
    },

    resume() {
      if (this.track) audio.play().catch(() => this.sounding(false));
    },

    toggle() {
      if (!this.track) return;
      if (audio.paused) this.resume();
      else audio.pause();
    },

    about() {
      if (this.track) showFragment("about", document.body.dataset.sheetOf.replace("TRACK", this.track.id));
    },

    failed() {
      if (!this.track) return;
      this.trouble = navigator.onLine
        ? say("\u201c%(title)s\u201d cannot be played.", { title: this.track.title })
        : say("You are offline: the music goes on as soon as you are back.");
    },

    comeBack() {
      if (!this.trouble || !this.track) return;
      const { position } = this;
      this.load(this.place);
      audio.currentTime = position;
      this.resume();
    },

    next() {
      if (this.hasNext) this.start(this.place + 1);
    },

    previous() {
      if (audio.currentTime > RESTART_SECONDS || this.place <= 0) this.seek(0);
      else this.start(this.place - 1);
    },

    seek(seconds) {
      if (!this.track) return;
      audio.currentTime = Math.max(0, Math.min(seconds, this.duration));
      this.position = audio.currentTime;
    },

    // A thumb down for what is playing also ends it.
    leave(id) {
      if (!this.queue.some((track) => track.id === id)) return;
      if (this.track?.id === id) {
        if (this.hasNext) this.next();
        else audio.pause();
      }
      const key = this.queue[this.place]?.key;
      this.queue = this.queue.filter((track) => track.id !== id || track.key === key);
      this.place = this.queue.findIndex((track) => track.key === key);
      kept.keep(this);
    },

    ended() {
      reports.end(this.duration);
      if (this.hasNext) this.start(this.place + 1);
      else this.sounding(false);
    },

    sounding(now) {
      this.playing = now;
      tellState(now, audio);
    },

    setVolume(value) {
      this.volume = Number(value);
      window.localStorage.setItem("homespun-volume", String(this.volume));
      this.applyVolume();
    },

    // Squared because ears are logarithmic; then the track's own gain, as far as an element's volume goes.
    applyVolume() {
      const gain = 10 ** ((this.track?.gain_db ?? 0) / 20);
      audio.volume = Math.min(1, this.volume ** 2 * gain);
    },

    toggleMute() {
      this.muted = !this.muted;
      audio.muted = this.muted;
    },
  };
}

export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
