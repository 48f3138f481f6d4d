// What is playing. It lives outside <main>, so a change of page does not stop the music.

import { apiUrl } from "./api.js";
import { Reports } from "./reports.js";

const RESTART_SECONDS = 4;
const SEEK_SECONDS = 5;

export function player() {
  // In the page, where browsers and their extensions look for what sounds.
  const audio = document.body.appendChild(document.createElement("audio"));
  audio.preload = "auto";
  const reports = new Reports();

  return {
    queue: [],
    place: -1,
    track: null,
    playing: false,
    position: 0,
    duration: 0,
    volume: 0.9,
    trouble: "",

    init() {
      this.volume = Number(window.localStorage.getItem("homespun-volume") ?? 0.9);
      audio.addEventListener("play", () => this.sounding(true));
      audio.addEventListener("pause", () => this.sounding(false));
      audio.addEventListener("timeupdate", () => {
        this.position = audio.currentTime;
        reports.progress(audio.currentTime);
      });
      audio.addEventListener("durationchange", () => {
        if (Number.isFinite(audio.duration)) this.duration = audio.duration;
      });
      audio.addEventListener("ended", () => this.ended());
      audio.addEventListener("error", () => {
        if (this.track) this.trouble = `\u201c${this.track.title}\u201d cannot be played.`;
      });
      window.addEventListener("pagehide", () => reports.left(audio.currentTime));
      document.addEventListener("keydown", (event) => this.key(event));
      this.mediaKeys();
    },

    get hasPrevious() {
      return this.track !== null;
    },

    get hasNext() {
      return this.place + 1 < this.queue.length;
    },

    get cover() {
      return this.track ? apiUrl(`tracks/${this.track.id}/cover?size=96`) : "";
    },

    get title() {
      return this.track?.title ?? "";
    },

    get byline() {
      if (!this.track) return "";
      return this.track.origin === "composed" ? "Composed for you" : this.track.artist || "Unknown artist";
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
      return this.playing ? "Pause" : "Play";
    },

    playFrom(queue, place) {
      this.queue = queue;
      this.start(place);
    },

    start(place) {
      reports.left(audio.currentTime);
      this.place = place;
      this.track = this.queue[place];
      this.trouble = "";
      this.position = 0;
      this.duration = this.track.duration_seconds;
      audio.src = apiUrl(`tracks/${this.track.id}/stream`);
      this.applyVolume();
      reports.begin(this.track.id);
      // Refused only where the browser wants a click first; the button then shows that it is paused.
      audio.play().catch(() => this.sounding(false));
      this.tellSystem();
      document.body.classList.add("sounds");
      document.dispatchEvent(new CustomEvent("homespun:track", { detail: this.track }));
    },

    toggle() {
      if (!this.track) return;
      if (audio.paused) audio.play().catch(() => this.sounding(false));
      else audio.pause();
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
      const before = this.queue.findIndex((track) => track.id === id);
      const current = this.track?.id === id;
      if (before === -1) return;
      if (current && this.hasNext) this.next();
      else if (current) audio.pause();
      this.queue = this.queue.filter((track) => track.id !== id);
      this.place = this.queue.findIndex((track) => track.id === this.track?.id);
    },

    ended() {
      reports.end(this.duration);
      if (this.hasNext) this.start(this.place + 1);
      else this.sounding(false);
    },

    sounding(now) {
      this.playing = now;
      if ("mediaSession" in navigator) navigator.mediaSession.playbackState = now ? "playing" : "paused";
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

    key(event) {
      if (!this.track || event.altKey || event.ctrlKey || event.metaKey) return;
      if (event.target.closest("input, textarea, select, dialog, audio")) return;
      if (document.querySelector("[data-own-keys]")) return;
      if (event.code === "Space" && !event.target.closest("button, a")) {
        event.preventDefault();
        this.toggle();
      } else if (event.code === "ArrowRight") {
        if (event.shiftKey) this.next();
        else this.seek(this.position + SEEK_SECONDS);
      } else if (event.code === "ArrowLeft") {
        if (event.shiftKey) this.previous();
        else this.seek(this.position - SEEK_SECONDS);
      }
    },

    mediaKeys() {
      if (!("mediaSession" in navigator)) return;
      const actions = {
        play: () => this.toggle(),
        pause: () => this.toggle(),
        nexttrack: () => this.next(),
        previoustrack: () => this.previous(),
        seekto: (details) => this.seek(details.seekTime),
      };
      for (const [name, act] of Object.entries(actions)) navigator.mediaSession.setActionHandler(name, act);
    },

    tellSystem() {
      if (!("mediaSession" in navigator)) return;
      navigator.mediaSession.metadata = new MediaMetadata({
        title: this.track.title,
        artist: this.byline,
        album: this.track.album ?? "",
        artwork: [{ src: apiUrl(`tracks/${this.track.id}/cover?size=640`) }],
      });
    },
  };
}

export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
