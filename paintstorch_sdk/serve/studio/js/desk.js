// The drawing that is open: its strokes, its link to the server, its pictures.

import * as api from "./api.js";
import { Link } from "./link.js";
import { Regions } from "./region.js";
import { Sheet } from "./sheet.js";

/** @typedef {import("./types.js").Drawing} Drawing */

/**
 * Tells: "change" (strokes), "saved" (state of the link), "info" (name, look, layer), "gone", "problem" (a message),
 * "waiting" (a picture is to come), "painted" (it is on the screen).
 */
export class Desk extends EventTarget {
  /** @param {Drawing} drawing @param {import("./panes.js").Panes} panes */
  constructor(drawing, panes) {
    super();
    this.info = drawing;
    this.panes = panes;
    /** @type {Regions|null} */
    this.regions = null;
    this.link = new Link(drawing.id);
    this.sheet = new Sheet(drawing.id, (change) => this._changed(change));
    this.painted = 0; // version of the picture that is shown
    this.penUp = 0; // when the last stroke ended, milliseconds
    this._closed = false;
    this._clean = false; // whether the lines that are shown are on clean paper
    this._arrived = 0; // pictures, in the order in which they came
    this._shown = 0;
    this.sheet.addEventListener("change", () => {
      panes.strokes = this.sheet.strokes;
      panes.redraw();
      this._tell("change");
    });
    this.sheet.replace(drawing.stroke_list);
    this._listen();
  }

  async load() {
    this.panes.viewport.setDrawing(this.info.width, this.info.height);
    await Promise.all([this.loadLines(), this.sheet.restore(), this.loadLayer()]);
    this.panes.redraw();
  }

  /** The lines, on their own paper or on clean paper. */
  async loadLines() {
    const clean = (this._clean = this.info.look.clean_paper ?? false);
    const lines = await createImageBitmap(await api.blob(`/v1/drawings/${this.info.id}/line-art?clean=${clean}`));
    if (this._closed || clean !== this._clean) return;
    this.panes.lines = lines;
    this.panes.blend = clean ? "multiply" : this.info.blend;
    this.panes.redraw();
    setTimeout(() => !this._closed && (this.regions = new Regions(lines, this.panes.blend === "screen")), 60);
  }

  async loadLayer() {
    const content = this.info.has_layer ? await api.blob(`/v1/drawings/${this.info.id}/layer`).catch(() => null) : null;
    this.panes.layer = content && (await createImageBitmap(content));
    this.panes.redraw();
  }

  /** @param {import("./types.js").Look} look */
  setLook(look) {
    this.link.set({ look });
    this._tell("waiting");
    this._informed({ look });
  }

  /** @param {string} name */
  rename(name) {
    this.info = { ...this.info, name };
    this.link.set({ name });
  }

  close() {
    this._closed = true;
    this.link.close();
    this.panes.lines = this.panes.picture = this.panes.layer = null;
    this.panes.strokes = [];
  }

  /** @param {import("./types.js").Change} change */
  _changed(change) {
    this.penUp = performance.now();
    this._tell("waiting");
    this.link.change(change);
  }

  _listen() {
    /** @param {string} name @param {(detail: any) => void} listener */
    const on = (name, listener) => this.link.addEventListener(name, (event) => listener(/** @type {CustomEvent} */ (event).detail));
    on("hello", (drawing) => {
      this.sheet.replace(drawing.stroke_list);
      for (const sent of this.link.outbox) if (sent.change) this.sheet.follow(sent.change);
      this._informed({ ...drawing, stroke_list: [] });
    });
    on("changed", ({ change }) => this.sheet.follow({ remove: change.remove ?? [], add: change.add ?? [] }));
    on("set", ({ name, look }) => {
      this._informed({ name: name ?? this.info.name, look: look ?? this.info.look });
    });
    on("layer", ({ has_layer }) => {
      this._informed({ has_layer });
      this.loadLayer();
    });
    on("deleted", () => this._tell("gone"));
    on("gone", () => this._tell("gone"));
    on("refused", ({ change, message }) => {
      if (change) this.sheet.refuse(change);
      this._tell("problem", message);
    });
    on("error", ({ message }) => this._tell("problem", message));
    on("state", () => this._tell("saved"));
    on("picture", ({ head, file }) => this._show(head, file));
  }

  /** @param {import("./types.js").PictureHead} head @param {Blob} file */
  async _show(head, file) {
    const order = ++this._arrived;
    const bitmap = await createImageBitmap(file);
    // Pictures are decoded side by side: one that came earlier must not replace one that came later.
    if (this._closed || order < this._shown) return;
    this._shown = order;
    this.painted = head.version;
    this.panes.picture = bitmap;
    this.panes.redraw();
    this.panes.afterDraw.push(() => this._tell("painted", head));
  }

  /** @param {Partial<Drawing>} news */
  _informed(news) {
    this.info = { ...this.info, ...news };
    if (this.panes.lines && (this.info.look.clean_paper ?? false) !== this._clean) {
      this.loadLines().catch((error) => this._tell("problem", error.message));
    }
    this._tell("info");
  }

  /** @param {string} name @param {unknown} [detail] */
  _tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
