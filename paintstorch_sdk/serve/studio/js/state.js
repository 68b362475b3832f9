// What the user has chosen; kept by the browser.

const KEY = "pts.settings";

export const FIRST_PALETTE = [
  "#2b2a33", "#f7efe5", "#f6c9a8", "#d99a6c", "#8a5a44", "#c8433f", "#f08a6c", "#f2c14e",
  "#7bb661", "#3d8b8b", "#6fa8dc", "#4f5fb8", "#9a6fb0", "#e8a0b4",
];

const FIRST = {
  tool: /** @type {import("./types.js").ToolName} */ ("brush"),
  color: "#e8a0b4",
  width: 12, // pixels of the screen, so that a brush feels alike at every zoom
  view: /** @type {import("./types.js").ViewName} */ ("side"),
  shown: { picture: true, hints: true, lines: true },
  palette: FIRST_PALETTE,
  theme: /** @type {"auto"|"light"|"dark"} */ ("auto"),
  language: "",
  live: true,
  penOnly: false,
};

/** @typedef {typeof FIRST} Settings */

export class State extends EventTarget {
  constructor() {
    super();
    /** @type {Settings} */
    this.values = { ...FIRST };
    try {
      this.values = { ...FIRST, ...JSON.parse(localStorage.getItem(KEY) ?? "{}") };
    } catch {
      // what was kept is no JSON: the first settings again
    }
    if (!localStorage.getItem(KEY) && matchMedia("(max-width: 620px)").matches) this.values.view = "single";
  }

  /** @template {keyof Settings} K @param {K} name @param {Settings[K]} value */
  set(name, value) {
    this.values = { ...this.values, [name]: value };
    try {
      localStorage.setItem(KEY, JSON.stringify(this.values));
    } catch {
      // private windows keep nothing
    }
    this.dispatchEvent(new CustomEvent("change", { detail: name }));
  }

  /** @param {string[]} names @param {() => void} listener  called now, and when one of the names changes */
  watch(names, listener) {
    this.addEventListener("change", (event) => {
      if (names.includes(/** @type {CustomEvent} */ (event).detail)) listener();
    });
    listener();
  }
}

export const state = new State();
