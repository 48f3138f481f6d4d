// What is shown above the page: how a track came to be, what can be done with a track, the queue, the keys.

import { say } from "./texts.js";

export function openSheet(name) {
  const dialog = document.getElementById(name);
  if (dialog && !dialog.open) dialog.showModal();
}

// A part of the page that the server draws, fetched when it is asked for.
export async function showFragment(name, address) {
  const dialog = document.getElementById(name);
  const body = dialog.querySelector("[data-body]");
  dialog.waiting ??= body.innerHTML;
  body.innerHTML = dialog.waiting;
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
  try {
    const answer = await fetch(address, { redirect: "manual" });
    if (answer.type === "opaqueredirect") write(body, say("You were signed out."));
    else if (answer.ok) {
      body.innerHTML = await answer.text();
      window.htmx.process(body);
    }
    else write(body, answer.status === 404 ? say("This is not there any more.") : say("That did not work."));
  } catch {
    write(body, say("Homespun cannot be reached just now."));
  }
}

function write(body, words) {
  const line = document.createElement("p");
  line.className = "loading";
  line.textContent = words;
  body.replaceChildren(line);
}

export function watchDialogs() {
  document.addEventListener("click", (event) => {
    const how = event.target.closest("[data-how]");
    const about = event.target.closest("[data-about]");
    const opens = event.target.closest("[data-opens]");
    if (how) {
      event.preventDefault();
      showFragment("how", how.dataset.how);
    } else if (about) showFragment("about", about.dataset.about);
    else if (opens) openSheet(opens.dataset.opens);
    else if (event.target instanceof HTMLDialogElement || event.target.closest("[data-close]")) {
      event.target.closest("dialog")?.close();
    }
  });
}
