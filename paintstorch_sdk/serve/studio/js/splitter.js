// The line between drawing and picture in the split view: dragged, or moved by arrow keys.

import { byId } from "./dom.js";

/** @param {import("./panes.js").Panes} panes */
export function start(panes) {
  const splitter = byId("splitter");
  /** @param {number} share */
  const set = (share) => {
    panes.split = Math.max(0, Math.min(1, share));
    splitter.style.left = `${100 * panes.split}%`;
    splitter.setAttribute("aria-valuenow", String(Math.round(100 * panes.split)));
    panes.redraw();
  };
  set(0.5);
  splitter.addEventListener("pointerdown", (event) => splitter.setPointerCapture(event.pointerId));
  splitter.addEventListener("pointermove", (event) => {
    if (!splitter.hasPointerCapture(event.pointerId)) return;
    const box = byId("pane-b").getBoundingClientRect();
    set((event.clientX - box.left) / box.width);
  });
  splitter.addEventListener("keydown", (event) => {
    const step = /** @type {Record<string, number>} */ ({ ArrowLeft: -0.02, ArrowRight: 0.02 })[event.key];
    if (step) set(panes.split + step);
  });
}
