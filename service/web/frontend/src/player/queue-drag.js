// A track is moved by its grip, with a mouse, a pen or a finger. What drags comes when the queue is first looked at.

import Alpine from "@alpinejs/csp";

export function letDrag(dialog, move) {
  const list = dialog.querySelector(".queue-list");
  const watcher = new MutationObserver(async () => {
    if (!dialog.open) return;
    watcher.disconnect();
    const { default: Sortable } = await import("sortablejs");
    new Sortable(list, {
      draggable: ".queue-row",
      handle: ".queued-grip",
      // The browser's own dragging knows no fingers.
      forceFallback: true,
      fallbackTolerance: 4,
      animation: window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 150,
      ghostClass: "queued-gap",
      fallbackClass: "queued-dragged",
      // What follows the pointer is a copy, which belongs to no track.
      onChoose: ({ item }) => Alpine.mutateDom(() => item.setAttribute("x-ignore", "")),
      onUnchoose: ({ item }) => Alpine.mutateDom(() => item.removeAttribute("x-ignore")),
      onEnd({ item, oldDraggableIndex: from, newDraggableIndex: to }) {
        if (from === to) return;
        // Rows are drawn from the queue alone: the dragged one goes back, and comes again where the queue has it then.
        const others = [...list.querySelectorAll(".queue-row")].filter((row) => row !== item);
        list.insertBefore(item, others[from] ?? null);
        move(from, to);
      },
    });
  });
  watcher.observe(dialog, { attributeFilter: ["open"] });
}
