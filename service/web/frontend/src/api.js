// The one way to Homespun's REST API: the browser's cookie, the page's CSRF token, one sentence when something is refused.

import { say } from "./texts.js";

export class Refusal extends Error {
  constructor(sentence, code) {
    super(sentence);
    this.code = code;
  }
}

export function apiUrl(path) {
  return `${document.body.dataset.api}/${path}`;
}

// With `stay`, whoever is signed out stays on the page, where something may be typed that is not to be lost.
export async function call(method, path, body, { keepalive = false, key, stay = false } = {}) {
  const headers = {
    Accept: "application/json",
    "X-CSRF-Token": document.querySelector('meta[name="csrf-token"]').content,
  };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (key) headers["Idempotency-Key"] = key;
  let answer;
  try {
    answer = await fetch(apiUrl(path), {
      method,
      headers,
      keepalive,
      credentials: "same-origin",
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Refusal(say("Homespun cannot be reached just now."), "unreachable");
  }
  if (answer.status === 401) {
    if (stay) throw new Refusal(say("You were signed out."), "signed_out");
    window.location.reload();
  }
  const told = answer.status === 204 ? null : await answer.json().catch(() => null);
  if (!answer.ok) throw new Refusal(told?.detail ?? say("That did not work."), told?.code ?? "unknown");
  return told;
}

// Not crypto.randomUUID, which browsers keep from pages that come by plain http from another machine.
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
