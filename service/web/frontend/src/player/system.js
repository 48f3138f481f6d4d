// The system's own controls: what plays, where it is, and the keys of keyboards, headsets and lock screens.

import { apiUrl } from "../api.js";

const SEEK_SECONDS = 10;

export function offerControls(player, audio) {
  if (!("mediaSession" in navigator)) return;
  const actions = {
    play: () => player.resume(),
    pause: () => audio.pause(),
    stop: () => audio.pause(),
    nexttrack: () => player.next(),
    previoustrack: () => player.previous(),
    seekto: (details) => player.seek(details.seekTime),
    seekbackward: (details) => player.seek(player.position - (details.seekOffset || SEEK_SECONDS)),
    seekforward: (details) => player.seek(player.position + (details.seekOffset || SEEK_SECONDS)),
  };
  for (const [name, act] of Object.entries(actions)) {
    try {
      navigator.mediaSession.setActionHandler(name, act);
    } catch {
      // A browser that has no such key offers the others.
    }
  }
}

export function tellTrack(track, byline) {
  if (!("mediaSession" in navigator)) return;
  navigator.mediaSession.metadata = new MediaMetadata({
    title: track.title,
    artist: byline,
    album: track.album ?? "",
    artwork: [96, 320, 640].map((size) => ({
      src: apiUrl(`tracks/${track.id}/cover?size=${size}`),
      sizes: `${size}x${size}`,
    })),
  });
}

export function tellState(playing, audio) {
  if (!("mediaSession" in navigator)) return;
  navigator.mediaSession.playbackState = playing ? "playing" : "paused";
  if (Number.isFinite(audio.duration) && audio.duration > 0) {
    navigator.mediaSession.setPositionState({
      duration: audio.duration,
      position: Math.min(audio.currentTime, audio.duration),
      playbackRate: audio.playbackRate,
    });
  }
}
