// The color in hand, the picker, and the strip of swatches.

import "../vendor/vanilla-colorful/hex-color-picker.js";
import { button, byId, download, input, make, toast } from "./dom.js";
import { t } from "./i18n.js";
import { FIRST_PALETTE, state } from "./state.js";

const HEX = /^#?([0-9a-f]{6}|[0-9a-f]{3})$/i;

/** A color as #rrggbb, or null. @param {string} text */
export function parseHex(text) {
  const found = HEX.exec(text.trim());
  if (!found) return null;
  const digits = found[1].length === 3 ? [...found[1]].map((digit) => digit + digit).join("") : found[1];
  return "#" + digits.toLowerCase();
}

/**
 * Colors of a palette file: GIMP's .gpl, or colors in hex, one a line or in JSON.
 * @param {string} text
 * @returns {string[]}
 */
export function parsePalette(text) {
  /** @type {string[]} */
  const found = [];
  for (const line of text.split(/\r?\n/)) {
    const numbers = /^\s*(\d{1,3})\s+(\d{1,3})\s+(\d{1,3})(\s|$)/.exec(line);
    if (numbers) {
      const values = numbers.slice(1, 4).map(Number);
      if (values.every((value) => value < 256)) found.push("#" + values.map((value) => value.toString(16).padStart(2, "0")).join(""));
      continue;
    }
    for (const [, digits] of line.matchAll(/(?:#|^|["\s,])([0-9a-f]{6})(?=$|["\s,;\]])/gi)) found.push("#" + digits.toLowerCase());
  }
  return [...new Set(found)].slice(0, 256);
}

/** @param {string[]} colors */
export function formatPalette(colors) {
  const rows = colors.map((color) => {
    const values = [1, 3, 5].map((at) => String(parseInt(color.slice(at, at + 2), 16)).padStart(3));
    return `${values.join(" ")}\t${color}`;
  });
  return ["GIMP Palette", "Name: PaintsTorch Studio", "Columns: 8", "#", ...rows, ""].join("\n");
}

/** Take a color in hand. @param {string} color */
export function choose(color) {
  state.set("color", color);
}

export function start() {
  const picker = /** @type {HTMLElement & {color: string}} */ (byId("picker"));
  // On a phone the panel is folded away: the picker comes up from the color in hand.
  const small = /** @type {HTMLElement & {color: string}} */ (document.createElement("hex-color-picker"));
  byId("color-menu").append(small);
  for (const one of [picker, small]) {
    one.addEventListener("color-changed", (event) => choose(/** @type {CustomEvent} */ (event).detail.value));
  }
  const hex = input("hex");
  hex.addEventListener("change", () => {
    const color = parseHex(hex.value);
    if (color) choose(color);
    else hex.value = state.values.color;
  });
  byId("swatch-add").addEventListener("click", () => {
    const { palette, color } = state.values;
    if (!palette.includes(color)) state.set("palette", [...palette, color]);
  });
  byId("palette-remove").addEventListener("click", () => {
    state.set("palette", state.values.palette.filter((one) => one !== state.values.color));
  });
  byId("palette-reset").addEventListener("click", () => state.set("palette", FIRST_PALETTE));
  byId("palette-export").addEventListener("click", () => {
    download(new Blob([formatPalette(state.values.palette)], { type: "text/plain" }), "palette.gpl");
  });
  byId("palette-import").addEventListener("click", () => input("palette-file").click());
  input("palette-file").addEventListener("change", async (event) => {
    const [file] = /** @type {HTMLInputElement} */ (event.target).files ?? [];
    /** @type {HTMLInputElement} */ (event.target).value = "";
    if (file) importPalette(await file.text());
  });
  byId("palette-menu").addEventListener("click", () => /** @type {any} */ (byId("palette-menu")).hidePopover());

  state.watch(["color"], () => {
    const { color } = state.values;
    for (const one of [picker, small]) if (one.color !== color) one.color = color;
    if (document.activeElement !== hex) hex.value = color;
    byId("chip").style.color = color;
    /** @type {HTMLElement} */ (button("now").firstElementChild).style.color = color;
  });
  state.watch(["color", "palette", "language"], showSwatches);
}

/** @param {string} text */
export function importPalette(text) {
  const colors = parsePalette(text);
  if (colors.length) state.set("palette", colors);
  else toast(t("palette_empty"), true);
}

function showSwatches() {
  const { color, palette } = state.values;
  const list = byId("swatches");
  const focused = document.activeElement?.getAttribute("data-color");
  list.replaceChildren(
    ...palette.map((one) => {
      const swatch = make("button", { type: "button", class: "swatch", "data-color": one, "aria-label": `${t("color")} ${one}` });
      swatch.setAttribute("aria-pressed", String(one === color));
      swatch.style.background = one;
      swatch.addEventListener("click", () => choose(one));
      return make("li", {}, swatch);
    }),
  );
  if (focused) /** @type {HTMLElement|null} */ (list.querySelector(`[data-color="${focused}"]`))?.focus();
}
