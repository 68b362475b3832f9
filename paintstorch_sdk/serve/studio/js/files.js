// Files in: dropped, pasted, chosen.

import { byId, input } from "./dom.js";

/** @param {(files: File[]) => void} take */
export function start(take) {
  const chooser = input("file");
  chooser.addEventListener("change", () => {
    const files = [...(chooser.files ?? [])];
    chooser.value = "";
    if (files.length) take(files);
  });
  for (const id of ["choose", "import"]) byId(id).addEventListener("click", () => chooser.click());

  let depth = 0;
  window.addEventListener("dragenter", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    depth++;
    document.body.dataset.dropping = "";
  });
  window.addEventListener("dragover", (event) => event.preventDefault());
  window.addEventListener("dragleave", () => {
    if (--depth <= 0) end();
  });
  window.addEventListener("drop", (event) => {
    event.preventDefault();
    end();
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length) take(files);
  });
  window.addEventListener("paste", (event) => {
    if (event.target instanceof HTMLInputElement) return;
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length) take(files);
  });

  function end() {
    depth = 0;
    delete document.body.dataset.dropping;
  }
}

/** Whether a picture has transparent pixels, as a layer of hints has and opaque line art has not. @param {ImageBitmap} bitmap */
export function opaqueShare(bitmap) {
  const side = 96;
  const canvas = new OffscreenCanvas(side, side);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.drawImage(bitmap, 0, 0, side, side);
  const { data } = context.getImageData(0, 0, side, side);
  let opaque = 0, colored = 0;
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] < 16) continue;
    opaque++;
    if (Math.max(data[at], data[at + 1], data[at + 2]) - Math.min(data[at], data[at + 1], data[at + 2]) > 24) colored++;
  }
  return { opaque: opaque / (side * side), colored: opaque ? colored / opaque : 0 };
}
