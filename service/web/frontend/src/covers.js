// A picture that cannot be fetched makes way for the cloth behind it.

export function watchCovers() {
  document.addEventListener(
    "error",
    (event) => {
      if (event.target instanceof HTMLImageElement && event.target.closest(".cover")) {
        event.target.classList.add("absent");
      }
    },
    true,
  );
  document.addEventListener("load", (event) => event.target.classList?.remove("absent"), true);
  for (const image of document.querySelectorAll(".cover img")) {
    if (image.complete && image.naturalWidth === 0 && image.loading !== "lazy") image.classList.add("absent");
  }
}
