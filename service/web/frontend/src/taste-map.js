// A click on a track of the map plays it, as its row in the table beside does.

export function watchMap() {
  document.addEventListener("click", (event) => {
    const dot = event.target.closest("[data-on-map]");
    if (dot) document.querySelector(`#on-map-${CSS.escape(dot.dataset.onMap)} [data-play]`)?.click();
  });
}
