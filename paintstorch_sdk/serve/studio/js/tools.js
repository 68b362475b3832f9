// What a pointer does on the drawing: mouse, touch and pen alike.

import { t } from "./i18n.js";
import { toast } from "./dom.js";
import { erased, simplified, strokeAt } from "./shape.js";
import { state } from "./state.js";

/** @typedef {import("./types.js").Point} Point */
/** @typedef {import("./types.js").Stroke} Stroke */
/** @typedef {import("./panes.js").Panes} Panes */
/** @typedef {{sheet: import("./sheet.js").Sheet, link: import("./link.js").Link, regions: import("./region.js").Regions|null}} Desk */

/** A new stroke's id. */
export function newId() {
  return "s" + Array.from(crypto.getRandomValues(new Uint8Array(9)), (byte) => byte.toString(36).padStart(2, "0")).join("");
}

export class Tools {
  /** @param {Panes} panes @param {() => Desk|null} desk */
  constructor(panes, desk) {
    this.panes = panes;
    this.viewport = panes.viewport;
    this._desk = desk;
    /** @type {Map<number, {x: number, y: number}>} */
    this._down = new Map();
    /** @type {number|null} */
    this._drawing = null;
    this._mode = "";
    /** @type {Point[]} */
    this._points = [];
    /** @type {Stroke[]} */
    this._before = [];
    this._seenPen = false;
    this._space = false;
    this._alt = false;
    /** @type {[number, number]|null} */
    this.keyboardPlace = null;
    /** @type {(color: string) => void} */
    this.onPick = () => undefined;
    /** @type {() => void} */
    this.onStroke = () => undefined;
    for (const { canvas } of panes.panes) this._listen(canvas);
    state.watch(["tool", "width", "color"], () => this._showCursor());
  }

  /** The tool in hand: Space and Alt take another one for a moment. */
  get tool() {
    if (this._space) return "pan";
    if (this._alt && state.values.tool === "brush") return "dropper";
    return state.values.tool;
  }

  /** The brush's diameter in pixels of the line art. */
  get width() {
    return Math.max(1, state.values.width / this.viewport.scale);
  }

  /** @param {"space"|"alt"} which @param {boolean} held */
  hold(which, held) {
    if (which === "space") this._space = held;
    else this._alt = held;
    this._showCursor();
  }

  /** Use the tool at a place, as a click does. @param {[number, number]} place */
  dab(place) {
    const desk = this._desk();
    if (!desk) return;
    const color = state.values.color;
    if (this.tool === "fill") {
      const dot = desk.regions?.dot(place);
      if (!dot) toast(t("fill_on_line"));
      else desk.sheet.apply({ remove: [], add: [{ id: newId(), points: [dot.point.map(round)], color, width: round(dot.width) }] });
    } else if (this.tool === "brush") {
      desk.sheet.apply({ remove: [], add: [{ id: newId(), points: [place.map(round)], color, width: round(this.width) }] });
    } else if (this.tool === "dropper") {
      this._pick(place);
    } else if (this.tool === "eraser") {
      this._erase(desk, desk.sheet.strokes, [place]);
    }
    this.onStroke();
  }

  /** Move the brush by keys. @param {number} dx @param {number} dy  CSS pixels */
  nudge(dx, dy) {
    const { viewport } = this;
    const [x, y] = this.keyboardPlace ?? [viewport.width / 2, viewport.height / 2];
    this.keyboardPlace = [
      Math.max(0, Math.min(viewport.width, x + dx / viewport.scale)),
      Math.max(0, Math.min(viewport.height, y + dy / viewport.scale)),
    ];
    this._showCursor(this.keyboardPlace);
  }

  /** @param {HTMLCanvasElement} canvas */
  _listen(canvas) {
    canvas.addEventListener("pointerdown", (event) => this._start(canvas, event));
    canvas.addEventListener("pointermove", (event) => this._move(canvas, event));
    canvas.addEventListener("pointerup", (event) => this._end(canvas, event));
    canvas.addEventListener("pointercancel", (event) => this._cancel(event));
    canvas.addEventListener("pointerleave", () => this._drawing === null && this._hideCursor());
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      const { x, y } = local(canvas, event);
      if (event.shiftKey) this.viewport.move(-event.deltaY - event.deltaX, 0);
      else {
        const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
        this.viewport.zoom(Math.exp(-Math.max(-200, Math.min(200, event.deltaY * lines)) * (event.ctrlKey ? 0.01 : 0.0022)), x, y);
      }
      this._showCursor(this.viewport.toDrawing(x, y));
    }, { passive: false });
  }

  /** @param {HTMLCanvasElement} canvas @param {PointerEvent} event */
  _start(canvas, event) {
    const desk = this._desk();
    if (!desk || (event.pointerType === "mouse" && event.button === 2)) return;
    canvas.setPointerCapture(event.pointerId);
    canvas.focus({ preventScroll: true });
    const place = local(canvas, event);
    this._down.set(event.pointerId, place);
    this._seenPen ||= event.pointerType === "pen";
    if (this._down.size === 2 && event.pointerType === "touch") {
      this._giveUp(); // the second finger: it was a pinch, not a stroke
      this._mode = "pinch";
      return;
    }
    if (this._drawing !== null || this._mode === "pinch") return;
    this._drawing = event.pointerId;
    const fingerMoves = event.pointerType === "touch" && (state.values.penOnly || this._seenPen);
    this._mode = event.button === 1 || fingerMoves ? "pan" : this.tool;
    this._before = desk.sheet.strokes;
    this._points = [this._point(canvas, event)];
    if (this._mode === "brush") this._showStroke(desk);
    else if (this._mode === "eraser") this._previewErase(desk);
    else if (this._mode === "dropper") this._pick(this.viewport.toDrawing(place.x, place.y));
    document.body.dataset.cursor = this._mode === "pan" ? "panning" : this._mode;
  }

  /** @param {HTMLCanvasElement} canvas @param {PointerEvent} event */
  _move(canvas, event) {
    const place = local(canvas, event);
    const last = this._down.get(event.pointerId);
    if (last) this._down.set(event.pointerId, place);
    if (this._mode === "pinch") {
      if (last && this._down.size === 2) this._pinch(event.pointerId, last, place);
      return;
    }
    this._showCursor(this.viewport.toDrawing(place.x, place.y), event.pointerType === "touch" && this._drawing === null);
    if (event.pointerId !== this._drawing || !last) return;
    const desk = this._desk();
    if (!desk) return;
    if (this._mode === "pan") this.viewport.move(place.x - last.x, place.y - last.y);
    else if (this._mode === "dropper") this._pick(this.viewport.toDrawing(place.x, place.y));
    else if (this._mode === "brush" || this._mode === "eraser") {
      const events = event.getCoalescedEvents?.() ?? [];
      for (const one of events.length ? events : [event]) this._points.push(this._point(canvas, one));
      if (this._mode === "brush") this._showStroke(desk);
      else this._previewErase(desk);
    }
  }

  /** @param {HTMLCanvasElement} canvas @param {PointerEvent} event */
  _end(canvas, event) {
    this._down.delete(event.pointerId);
    if (this._mode === "pinch") {
      if (!this._down.size) this._mode = "";
      return;
    }
    if (event.pointerId !== this._drawing) return;
    const desk = this._desk(), mode = this._mode;
    this._drawing = null;
    this._mode = "";
    if (desk && mode === "brush") this._commit(desk);
    else if (desk && mode === "eraser") {
      desk.sheet.strokes = this._before;
      this._erase(desk, this._before, this._points);
      this.onStroke();
    } else if (mode === "fill") {
      const { x, y } = local(canvas, event);
      this.dab(this.viewport.toDrawing(x, y));
    }
    this._showCursor();
  }

  /** @param {PointerEvent} event */
  _cancel(event) {
    this._down.delete(event.pointerId);
    if (event.pointerId === this._drawing) this._giveUp();
    if (!this._down.size) this._mode = "";
  }

  _giveUp() {
    const desk = this._desk();
    if (desk && this._mode === "eraser") desk.sheet.replace(this._before);
    if (desk && this._mode === "brush" && state.values.live) desk.link.draft(null);
    this._drawing = null;
    this._mode = "";
    this.panes.current = null;
    this.panes.redrawOver();
  }

  /** @param {number} id @param {{x: number, y: number}} last @param {{x: number, y: number}} place */
  _pinch(id, last, place) {
    const other = [...this._down].find(([key]) => key !== id)?.[1];
    if (!other) return;
    const before = Math.hypot(last.x - other.x, last.y - other.y), after = Math.hypot(place.x - other.x, place.y - other.y);
    this.viewport.move((place.x - last.x) / 2, (place.y - last.y) / 2);
    if (before > 8) this.viewport.zoom(after / before, (place.x + other.x) / 2, (place.y + other.y) / 2);
  }

  /** @param {HTMLCanvasElement} canvas @param {PointerEvent} event @returns {Point} */
  _point(canvas, event) {
    const { x, y } = local(canvas, event);
    const place = this.viewport.toDrawing(x, y).map(round);
    return event.pointerType === "pen" && event.pressure > 0 ? [...place, Math.round(event.pressure * 100) / 100] : place;
  }

  /** @param {Desk} desk */
  _showStroke(desk) {
    const stroke = this._stroke("draft");
    this.panes.current = stroke;
    this.panes.redrawOver();
    if (state.values.live && this._points.length > 2) desk.link.draft(stroke);
  }

  /** @param {string} id @returns {Stroke} */
  _stroke(id) {
    const slack = 0.35 / this.viewport.scale;
    return { id, points: simplified(this._points, slack).slice(0, 4000), color: state.values.color, width: round(this.width) };
  }

  /** @param {Desk} desk */
  _commit(desk) {
    const stroke = this._stroke(newId());
    this.panes.current = null;
    this.onStroke();
    desk.sheet.apply({ remove: [], add: [stroke] });
  }

  /** @param {Desk} desk */
  _previewErase(desk) {
    const change = this._erasure(this._before, this._points);
    const pieces = new Map(change.add.map((stroke) => [stroke.id, stroke]));
    desk.sheet.replace([...this._before.filter((stroke) => !change.remove.includes(stroke.id)), ...pieces.values()]);
  }

  /** @param {Desk} desk @param {Stroke[]} strokes @param {Point[]} path */
  _erase(desk, strokes, path) {
    const change = this._erasure(strokes, path);
    if (change.remove.length) desk.sheet.apply(change);
    else desk.sheet.replace(strokes);
  }

  /** @param {Stroke[]} strokes @param {Point[]} path @returns {import("./types.js").Change} */
  _erasure(strokes, path) {
    /** @type {import("./types.js").Change} */
    const change = { remove: [], add: [] };
    let index = 0;
    for (const stroke of strokes) {
      const pieces = erased(stroke, path, this.width / 2);
      if (!pieces) {
        index++;
        continue;
      }
      change.remove.push(stroke.id);
      for (const points of pieces) change.add.push({ ...stroke, id: newId(), points: points.map((p) => p.map(round)), index: index++ });
    }
    return change;
  }

  /** @param {[number, number]} place */
  _pick(place) {
    const desk = this._desk();
    const stroke = desk && this.panes.shown.hints ? strokeAt(desk.sheet.strokes, place) : undefined;
    const color = stroke?.color ?? this.panes.colorAt(place);
    if (color) this.onPick(color);
  }

  /** @param {[number, number]} [place] @param {boolean} [hidden] */
  _showCursor(place, hidden = false) {
    const { tool } = this;
    if (this._drawing === null) document.body.dataset.cursor = tool;
    const at = place ?? (this.panes.cursor ? /** @type {[number, number]} */ ([this.panes.cursor.x, this.panes.cursor.y]) : null);
    if (!at || hidden || tool === "pan" || tool === "dropper") this.panes.cursor = null;
    else {
      const color = tool === "eraser" ? null : state.values.color;
      this.panes.cursor = { x: at[0], y: at[1], radius: tool === "fill" ? 0 : this.width / 2, color };
    }
    this.panes.redrawOver();
  }

  _hideCursor() {
    this.panes.cursor = null;
    this.panes.redrawOver();
  }
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 100) / 100;
}

/** @param {HTMLElement} element @param {MouseEvent} event */
function local(element, event) {
  const box = element.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}
