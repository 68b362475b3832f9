// Keyboard shortcuts, and the sheet that lists them.

import { byId, make } from "./dom.js";
import { t } from "./i18n.js";

/** @typedef {Record<string, () => void>} Commands */

const MAC = /mac|iphone|ipad/i.test(navigator.userAgent);
const MOD = MAC ? "⌘" : "Ctrl";

/** @type {[string, string[]][]} */
const SHEET = [
  ["key_brush", ["B"]],
  ["key_fill", ["G"]],
  ["key_eraser", ["E"]],
  ["key_dropper", ["I"]],
  ["key_pan", ["H"]],
  ["key_smaller", ["["]],
  ["key_larger", ["]"]],
  ["key_palette", ["1 – 9"]],
  ["key_undo", [`${MOD} Z`]],
  ["key_redo", [`${MOD} ⇧ Z`]],
  ["key_views", ["V"]],
  ["key_zoom", ["+", "−"]],
  ["key_fit", ["F"]],
  ["key_full", ["⇧ F"]],
  ["key_layers", ["L", "K", "P"]],
  ["key_save", [`${MOD} S`]],
  ["key_delete", ["Del"]],
  ["key_cursor", ["← ↑ ↓ →", "Enter"]],
  ["key_help", ["?"]],
];

const PLAIN = /** @type {Record<string, string>} */ ({
  b: "brush", g: "fill", e: "eraser", i: "dropper", h: "pan", "[": "smaller", "]": "larger", v: "views", "+": "zoomIn", "=": "zoomIn",
  "-": "zoomOut", f: "fit", F: "full", l: "lines", k: "hints", p: "picture", Delete: "delete", Backspace: "delete", "?": "help",
  Escape: "escape",
});
const ARROWS = /** @type {Record<string, [number, number]>} */ ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] });

/**
 * @param {Commands} commands
 * @param {{palette: (index: number) => void, nudge: (dx: number, dy: number) => void, dab: () => void, hold: (which: "space"|"alt", held: boolean) => void}} more
 */
export function start(commands, more) {
  window.addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    const typing = target instanceof HTMLInputElement && ["text", "password"].includes(target.type);
    if (document.querySelector("dialog[open]")) return;
    const onCanvas = target instanceof HTMLCanvasElement;
    let taken = true;
    const key = event.key.toLowerCase();
    if (event.ctrlKey || event.metaKey) {
      if (key === "z" && !typing) (event.shiftKey ? commands.redo : commands.undo)();
      else if (key === "y" && !typing) commands.redo();
      else if (key === "s") commands.save();
      else taken = false;
    } else if (typing || event.isComposing || target instanceof HTMLSelectElement) taken = false;
    else if (event.key === "Alt") more.hold("alt", true);
    else if (event.key === " " && !(target instanceof HTMLButtonElement)) more.hold("space", true);
    else if (onCanvas && event.key in ARROWS) {
      const [x, y] = ARROWS[event.key], step = event.shiftKey ? 40 : 8;
      more.nudge(x * step, y * step);
    } else if (onCanvas && event.key === "Enter") more.dab();
    else if (/^[1-9]$/.test(event.key)) more.palette(Number(event.key) - 1);
    else if (!event.altKey && (PLAIN[event.key] ?? PLAIN[key])) commands[PLAIN[event.key] ?? PLAIN[key]]?.();
    else taken = false;
    if (taken) event.preventDefault();
  });
  window.addEventListener("keyup", (event) => {
    if (event.key === "Alt") more.hold("alt", false);
    if (event.key === " ") more.hold("space", false);
  });
  window.addEventListener("blur", () => {
    more.hold("alt", false);
    more.hold("space", false);
  });
}

export function showSheet() {
  const rows = SHEET.map(([name, keys]) =>
    make("div", {}, make("span", {}, t(name)), make("span", {}, ...keys.flatMap((key) => [make("kbd", {}, key), " "]))),
  );
  byId("keys").replaceChildren(...rows);
  /** @type {HTMLDialogElement} */ (byId("help-sheet")).showModal();
}
