// Strokes as shapes: what is seen, what is hit, what an eraser leaves.

import getStroke from "../vendor/perfect-freehand/index.js";

/** @typedef {import("./types.js").Stroke} Stroke */
/** @typedef {import("./types.js").Point} Point */

// As in painting.py: pressure 0 to 1 is 0.4 to 1.6 of the brush's width.
const THINNING = 0.6;

/** @type {WeakMap<Stroke, Path2D>} */
const paths = new WeakMap();

/** The outline of a stroke, in pixels of the line art. @param {Stroke} stroke @returns {Path2D} */
export function outline(stroke) {
  const known = paths.get(stroke);
  if (known) return known;
  const path = new Path2D();
  const { points, width } = stroke;
  if (points.every(([, , pressure]) => pressure === undefined || pressure === 0.5)) {
    // Exactly as the server paints it; an outline of perfect-freehand would be pinched where a line turns back.
    points.forEach((point, index) => capsule(path, points[Math.max(0, index - 1)], point, width / 2));
  } else {
    const shape = getStroke(points.map(([x, y, pressure]) => [x, y, pressure ?? 0.5]), {
      size: width, thinning: THINNING, smoothing: 0.4, streamline: 0, simulatePressure: false, last: true,
    });
    shape.forEach(([x, y], index) => (index ? path.lineTo(x, y) : path.moveTo(x, y)));
    path.closePath();
  }
  paths.set(stroke, path);
  return path;
}

/** All places as near to a line. @param {Path2D} path @param {Point} a @param {Point} b @param {number} radius */
function capsule(path, a, b, radius) {
  const way = Math.hypot(b[0] - a[0], b[1] - a[1]) || 1;
  const x = ((a[1] - b[1]) / way) * radius, y = ((b[0] - a[0]) / way) * radius;
  path.moveTo(b[0] + radius, b[1]);
  path.arc(b[0], b[1], radius, 0, 2 * Math.PI);
  path.moveTo(a[0] - x, a[1] - y); // around as the arc goes: places that are covered twice stay covered
  path.lineTo(b[0] - x, b[1] - y);
  path.lineTo(b[0] + x, b[1] + y);
  path.lineTo(a[0] + x, a[1] + y);
  path.closePath();
}

/** @param {Point} p @param {Point} a @param {Point} b */
function distance(p, a, b) {
  const dx = b[0] - a[0], dy = b[1] - a[1];
  const length = dx * dx + dy * dy;
  const t = length ? Math.max(0, Math.min(1, ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / length)) : 0;
  return Math.hypot(p[0] - a[0] - t * dx, p[1] - a[1] - t * dy);
}

/** How far a place is from the middle of a line. @param {Point} place @param {Point[]} points */
export function reach(place, points) {
  let least = Infinity;
  for (let i = 0; i < points.length; i++) least = Math.min(least, distance(place, points[Math.max(0, i - 1)], points[i]));
  return least;
}

/** The uppermost stroke at a place. @param {Stroke[]} strokes @param {Point} place @returns {Stroke|undefined} */
export function strokeAt(strokes, place) {
  return strokes.findLast((stroke) => reach(place, stroke.points) <= stroke.width / 2);
}

/**
 * Points that matter: within `slack` pixels the line is the same.
 * @param {Point[]} points
 * @param {number} slack
 * @returns {Point[]}
 */
export function simplified(points, slack) {
  if (points.length < 3) return points;
  const keep = new Uint8Array(points.length);
  keep[0] = keep[points.length - 1] = 1;
  /** @type {[number, number][]} */
  const spans = [[0, points.length - 1]];
  for (let span = spans.pop(); span; span = spans.pop()) {
    const [start, end] = span;
    let far = slack, place = -1;
    for (let i = start + 1; i < end; i++) {
      const pressed = Math.abs((points[i][2] ?? 0.5) - (points[start][2] ?? 0.5)) * 8 * slack;
      const off = Math.max(distance(points[i], points[start], points[end]), pressed);
      if (off > far) [far, place] = [off, i];
    }
    if (place >= 0) {
      keep[place] = 1;
      spans.push([start, place], [place, end]);
    }
  }
  return points.filter((_, index) => keep[index]);
}

/**
 * What an eraser's path leaves of a stroke: its remaining pieces, or null where it was not touched.
 * @param {Stroke} stroke
 * @param {Point[]} path
 * @param {number} radius
 * @returns {Point[][]|null}
 */
export function erased(stroke, path, radius) {
  const near = radius + stroke.width * 0.3;
  const dense = stroke.points.length === 1 ? stroke.points : densified(stroke.points, Math.max(1, radius / 3));
  /** @type {Point[][]} */
  const pieces = [];
  /** @type {Point[]} */
  let piece = [];
  let touched = false;
  for (const point of dense) {
    if (reach(point, path) < near) {
      touched = true;
      if (piece.length) pieces.push(piece);
      piece = [];
    } else piece.push(point);
  }
  if (!touched) return null;
  if (piece.length) pieces.push(piece);
  return pieces.filter((points) => points.length > 1).map((points) => simplified(points, 0.3));
}

/** @param {Point[]} points @param {number} step @returns {Point[]} */
function densified(points, step) {
  /** @type {Point[]} */
  const dense = [points[0]];
  for (let i = 1; i < points.length; i++) {
    const a = points[i - 1], b = points[i];
    const count = Math.max(1, Math.ceil(Math.hypot(b[0] - a[0], b[1] - a[1]) / step));
    for (let k = 1; k <= count; k++) dense.push(a.map((value, axis) => value + ((b[axis] ?? value) - value) * (k / count)));
  }
  return dense;
}
