// The region between the lines at a place, and where in it a stroke says its color best.

/** @typedef {import("./types.js").Point} Point */

const LONG_SIDE = 1024; // pixels in which regions are looked for
const DARK = 176; // of 255: paper is brighter

export class Regions {
  /** @param {ImageBitmap} lines @param {boolean} light  lines on dark paper */
  constructor(lines, light) {
    this.scale = Math.min(1, LONG_SIDE / Math.max(lines.width, lines.height));
    this.width = Math.max(1, Math.round(lines.width * this.scale));
    this.height = Math.max(1, Math.round(lines.height * this.scale));
    const canvas = new OffscreenCanvas(this.width, this.height);
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
    context.imageSmoothingQuality = "high";
    context.drawImage(lines, 0, 0, this.width, this.height);
    const { data } = context.getImageData(0, 0, this.width, this.height);
    this.wall = new Uint8Array(this.width * this.height);
    for (let i = 0; i < this.wall.length; i++) {
      const pixel = [data[4 * i], data[4 * i + 1], data[4 * i + 2]];
      this.wall[i] = (light ? 255 - Math.max(...pixel) : Math.min(...pixel)) < DARK ? 1 : 0;
    }
  }

  /**
   * A dot in the widest part of the region at a place, or null on a line.
   * @param {Point} place
   * @returns {{point: Point, width: number}|null}
   */
  dot(place) {
    const { width, height, wall } = this;
    const x = Math.floor(place[0] * this.scale), y = Math.floor(place[1] * this.scale);
    if (x < 0 || y < 0 || x >= width || y >= height || wall[y * width + x]) return null;
    const inside = new Uint8Array(width * height);
    const stack = [y * width + x];
    inside[stack[0]] = 1;
    let left = x, right = x, top = y, bottom = y;
    while (stack.length) {
      const at = /** @type {number} */ (stack.pop());
      const column = at % width, row = (at - column) / width;
      left = Math.min(left, column); right = Math.max(right, column);
      top = Math.min(top, row); bottom = Math.max(bottom, row);
      if (column > 0 && !inside[at - 1] && !wall[at - 1]) stack.push(at - 1), (inside[at - 1] = 1);
      if (column < width - 1 && !inside[at + 1] && !wall[at + 1]) stack.push(at + 1), (inside[at + 1] = 1);
      if (row > 0 && !inside[at - width] && !wall[at - width]) stack.push(at - width), (inside[at - width] = 1);
      if (row < height - 1 && !inside[at + width] && !wall[at + width]) stack.push(at + width), (inside[at + width] = 1);
    }
    // City-block distance to the region's edge, in two sweeps.
    const columns = right - left + 3, rows = bottom - top + 3;
    const depth = new Uint16Array(columns * rows);
    for (let row = 1; row < rows - 1; row++) {
      for (let column = 1; column < columns - 1; column++) {
        const at = row * columns + column;
        if (inside[(top + row - 1) * width + left + column - 1]) depth[at] = Math.min(depth[at - 1], depth[at - columns]) + 1;
      }
    }
    let best = 0, where = 0;
    for (let row = rows - 2; row > 0; row--) {
      for (let column = columns - 2; column > 0; column--) {
        const at = row * columns + column;
        if (!depth[at]) continue;
        depth[at] = Math.min(depth[at], depth[at + 1] + 1, depth[at + columns] + 1);
        if (depth[at] > best) [best, where] = [depth[at], at];
      }
    }
    const column = where % columns, row = (where - column) / columns;
    const point = [(left + column - 0.5) / this.scale, (top + row - 0.5) / this.scale];
    return { point, width: Math.max(2, (0.9 * best) / this.scale) };
  }
}
