// The canvases: paper, picture, strokes, lines; and over them the brush and the stroke that is being drawn.

import { outline } from "./shape.js";

/** @typedef {import("./types.js").Stroke} Stroke */
/** @typedef {{picture: boolean, hints: boolean, lines: boolean}} Shown */

export class Panes {
  /** @param {import("./viewport.js").Viewport} viewport */
  constructor(viewport) {
    this.viewport = viewport;
    this.panes = ["a", "b"].map((name) => ({
      element: /** @type {HTMLElement} */ (document.getElementById(`pane-${name}`)),
      canvas: /** @type {HTMLCanvasElement} */ (document.getElementById(`canvas-${name}`)),
      over: /** @type {HTMLCanvasElement} */ (document.getElementById(`over-${name}`)),
    }));
    /** @type {ImageBitmap|null} */
    this.lines = null;
    /** How the lines lie over the colors. @type {"multiply"|"screen"} */
    this.blend = "multiply";
    /** @type {ImageBitmap|null} */
    this.picture = null;
    /** @type {ImageBitmap|null} */
    this.layer = null;
    /** @type {Stroke[]} */
    this.strokes = [];
    /** @type {Stroke|null} */
    this.current = null;
    /** @type {string|null} */
    this.chosen = null;
    /** @type {{x: number, y: number, radius: number, color: string|null}|null} */
    this.cursor = null;
    /** @type {Shown} */
    this.shown = { picture: true, hints: true, lines: true };
    /** @type {import("./types.js").ViewName} */
    this.view = "side";
    this.split = 0.5;
    /** @type {(() => void)[]} */
    this.afterDraw = [];
    this._dirty = false;
    this._overDirty = false;
    viewport.addEventListener("change", () => this.redraw());
    const observer = new ResizeObserver(() => this.measure());
    for (const pane of this.panes) observer.observe(pane.element);
  }

  /** The pane that is always there. */
  get main() {
    return this.panes[1];
  }

  measure() {
    const ratio = window.devicePixelRatio || 1;
    for (const { element, canvas, over } of this.panes) {
      const width = element.clientWidth, height = element.clientHeight;
      for (const one of [canvas, over]) {
        const w = Math.max(1, Math.round(width * ratio)), h = Math.max(1, Math.round(height * ratio));
        if (one.width !== w || one.height !== h) [one.width, one.height] = [w, h];
      }
    }
    const { element } = this.main;
    if (element.clientWidth && element.clientHeight) this.viewport.setPane(element.clientWidth, element.clientHeight);
    this.redraw();
  }

  redraw() {
    if (this._dirty) return;
    this._dirty = true;
    requestAnimationFrame(() => {
      this._dirty = false;
      this._draw();
      this._drawOver();
      for (const done of this.afterDraw.splice(0)) done();
    });
  }

  redrawOver() {
    if (this._overDirty || this._dirty) return;
    this._overDirty = true;
    requestAnimationFrame(() => {
      this._overDirty = false;
      this._drawOver();
    });
  }

  _draw() {
    const { shown } = this;
    const [a, b] = this.panes;
    if (this.view === "side") {
      this._drawPane(a.canvas, [{ ...shown, picture: false }]);
      this._drawPane(b.canvas, [{ ...shown, hints: false }]);
    } else if (this.view === "split") {
      this._drawPane(b.canvas, [{ ...shown, picture: false }, { ...shown, hints: false }]);
    } else {
      this._drawPane(b.canvas, [shown]);
    }
  }

  /** @param {HTMLCanvasElement} canvas @param {Shown[]} parts  one, or the left and the right of a split */
  _drawPane(canvas, parts) {
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (!this.lines) return;
    parts.forEach((shown, index) => {
      context.save();
      if (parts.length > 1) {
        const middle = Math.round(canvas.width * this.split);
        context.beginPath();
        context.rect(index ? middle : 0, 0, index ? canvas.width - middle : middle, canvas.height);
        context.clip();
      }
      this._drawSheet(context, shown);
      context.restore();
    });
  }

  /** @param {CanvasRenderingContext2D} context @param {Shown} shown */
  _drawSheet(context, shown) {
    const { width, height, scale } = this.viewport;
    this._place(context);
    context.save();
    context.shadowColor = getComputedStyle(document.documentElement).getPropertyValue("--sheet-shadow");
    context.shadowBlur = 26 * (window.devicePixelRatio || 1);
    context.shadowOffsetY = 5 * (window.devicePixelRatio || 1);
    context.fillStyle = this.blend === "screen" ? "#000" : "#fff";
    context.fillRect(0, 0, width, height);
    context.restore();
    context.beginPath();
    context.rect(0, 0, width, height);
    context.clip();
    context.imageSmoothingQuality = "high";
    context.imageSmoothingEnabled = scale < 6;
    if (shown.picture && this.picture) context.drawImage(this.picture, 0, 0, width, height);
    if (shown.hints) this._drawHints(context, shown.picture && this.picture !== null);
    if (shown.lines && this.lines) {
      context.globalCompositeOperation = this.blend;
      context.drawImage(this.lines, 0, 0, width, height);
      context.globalCompositeOperation = "source-over";
    }
    const chosen = this.strokes.find((stroke) => stroke.id === this.chosen);
    if (chosen && shown.hints) {
      context.lineWidth = 2 / scale;
      context.strokeStyle = "#5b62e0";
      context.setLineDash([6 / scale, 4 / scale]);
      context.stroke(outline(chosen));
      context.fillStyle = chosen.color;
      context.fill(outline(chosen));
    }
  }

  /** @param {CanvasRenderingContext2D} context @param {boolean} onPicture  where a stroke has its own color behind it */
  _drawHints(context, onPicture) {
    if (this.layer) context.drawImage(this.layer, 0, 0, this.viewport.width, this.viewport.height);
    const thin = 1.2 / this.viewport.scale;
    for (const stroke of this.strokes) {
      const path = outline(stroke);
      if (onPicture) {
        context.lineWidth = 2 * thin;
        context.strokeStyle = "rgb(255 255 255 / 85%)";
        context.stroke(path);
        context.lineWidth = thin;
        context.strokeStyle = "rgb(30 25 40 / 45%)";
        context.stroke(path);
      }
      context.fillStyle = stroke.color;
      context.fill(path);
    }
  }

  _drawOver() {
    for (const { over } of this.panes) {
      const context = /** @type {CanvasRenderingContext2D} */ (over.getContext("2d"));
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, over.width, over.height);
      if (!this.lines) continue;
      this._place(context);
      if (this.current) {
        context.fillStyle = this.current.color;
        context.fill(outline(this.current));
      }
      if (this.cursor) this._drawCursor(context, this.cursor);
    }
  }

  /** @param {CanvasRenderingContext2D} context @param {{x: number, y: number, radius: number, color: string|null}} cursor */
  _drawCursor(context, cursor) {
    const pixel = 1 / this.viewport.scale;
    const radius = Math.max(cursor.radius, 2.5 * pixel);
    for (const [color, width] of /** @type {[string, number][]} */ ([["rgb(255 255 255 / 90%)", 3], ["rgb(30 25 40 / 85%)", 1.2]])) {
      context.beginPath();
      context.arc(cursor.x, cursor.y, radius, 0, 2 * Math.PI);
      context.lineWidth = width * pixel;
      context.strokeStyle = color;
      context.stroke();
    }
    if (cursor.color) {
      context.beginPath();
      context.arc(cursor.x, cursor.y, Math.min(radius, 3 * pixel), 0, 2 * Math.PI);
      context.fillStyle = cursor.color;
      context.fill();
    }
  }

  /** @param {CanvasRenderingContext2D} context */
  _place(context) {
    const ratio = window.devicePixelRatio || 1;
    const { x, y, scale } = this.viewport;
    context.setTransform(ratio * scale, 0, 0, ratio * scale, ratio * x, ratio * y);
  }

  /**
   * The color that is seen at a place of the line art: of the picture, else of the lines.
   * @param {[number, number]} place
   * @returns {string|null}
   */
  colorAt([x, y]) {
    const { width, height } = this.viewport;
    if (x < 0 || y < 0 || x >= width || y >= height) return null;
    const canvas = new OffscreenCanvas(1, 1);
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
    context.fillStyle = "#fff";
    context.fillRect(0, 0, 1, 1);
    const source = this.shown.picture && this.picture ? this.picture : this.lines;
    if (!source) return null;
    const sx = Math.min(source.width - 1, Math.floor((x / width) * source.width));
    const sy = Math.min(source.height - 1, Math.floor((y / height) * source.height));
    context.drawImage(source, sx, sy, 1, 1, 0, 0, 1, 1);
    const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
    return "#" + [red, green, blue].map((value) => value.toString(16).padStart(2, "0")).join("");
  }
}
