// From page to page of the house without a reload, so that the music goes on.

export function go(url) {
  return window.htmx.ajax("GET", url, { target: "#main", select: "#main", swap: "outerHTML show:window:top", push: url });
}
