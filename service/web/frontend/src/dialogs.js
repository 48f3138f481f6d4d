// How a track came to be: fetched when it is asked for, shown in a dialog.

export function watchDialogs() {
  const dialog = document.querySelector("#how");
  if (!dialog) return;
  const body = dialog.querySelector("[data-body]");
  const waiting = body.innerHTML;
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("[data-how]");
    if (link) {
      event.preventDefault();
      body.innerHTML = waiting;
      dialog.showModal();
      await window.htmx.ajax("GET", link.dataset.how, { target: body, swap: "innerHTML" });
    } else if (event.target === dialog || event.target.closest("[data-close]")) {
      dialog.close();
    }
  });
}
