// Pages change inside <main>; what stands around it, the playing bar above all, stays.

export function refresh(selector) {
  const part = document.querySelector(selector);
  return part ? window.htmx.ajax("GET", part.dataset.from, { target: part, swap: "innerMorph" }) : null;
}

export function refreshPage() {
  return window.htmx.ajax("GET", window.location.pathname, { target: "#main", select: "#main", swap: "outerHTML" });
}

function drawThreads() {
  for (const thread of document.querySelectorAll(".thread[data-done]")) {
    thread.style.setProperty("--done", thread.dataset.done);
  }
}

// The desk knows best how many pieces wait.
function countWaiting() {
  const desk = document.querySelector("[data-waiting]");
  const count = document.querySelector("[data-waiting-count]");
  if (!desk || !count) return;
  count.textContent = desk.dataset.waiting;
  count.parentElement.hidden = desk.dataset.waiting === "0";
}

export function watchPages() {
  drawThreads();
  document.addEventListener("htmx:after:swap", drawThreads);
  document.addEventListener("htmx:after:swap", countWaiting);
  document.addEventListener("htmx:after:swap", () => {
    for (const link of document.querySelectorAll(".nav a")) {
      const rooms = link.dataset.rooms?.split(" ") ?? [];
      const isIn = rooms.some((room) => window.location.pathname.startsWith(room));
      if (isIn || link.pathname === window.location.pathname) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  });
}
