// Where the drawing lies in its panes: all of them share one scale and place.

const MOST = 32;

export class Viewport extends EventTarget {
  constructor() {
    super();
    this.scale = 1; // CSS pixels for a pixel of the line art
    this.x = 0; // CSS pixels of the drawing's corner in the pane
    this.y = 0;
    this.width = 1; // of the line art
    this.height = 1;
    this.paneWidth = 1;
    this.paneHeight = 1;
    this.isFitted = true; // until the user moves it, it follows the window
  }

  /** @param {number} width @param {number} height */
  setDrawing(width, height) {
    [this.width, this.height] = [width, height];
    this.fit();
  }

  /** @param {number} width @param {number} height */
  setPane(width, height) {
    if (width === this.paneWidth && height === this.paneHeight) return;
    const dx = (width - this.paneWidth) / 2, dy = (height - this.paneHeight) / 2;
    [this.paneWidth, this.paneHeight] = [width, height];
    if (this.isFitted) this.fit();
    else this.move(dx, dy);
  }

  get fitScale() {
    // Room for the palette below, and some air around.
    const room = Math.min((this.paneWidth - 40) / this.width, (this.paneHeight - 116) / this.height);
    return Math.max(0.02, Math.min(room, 4));
  }

  fit() {
    this.scale = this.fitScale;
    this.x = (this.paneWidth - this.width * this.scale) / 2;
    this.y = (this.paneHeight - 36 - this.height * this.scale) / 2;
    this.isFitted = true;
    this._tell();
  }

  /** @param {number} dx @param {number} dy  CSS pixels */
  move(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.isFitted = false;
    this._hold();
    this._tell();
  }

  /** Zoom about a place of the pane. @param {number} factor @param {number} [x] @param {number} [y] */
  zoom(factor, x = this.paneWidth / 2, y = this.paneHeight / 2) {
    const scale = Math.max(this.fitScale / 4, Math.min(MOST, this.scale * factor));
    const change = scale / this.scale;
    this.x = x - (x - this.x) * change;
    this.y = y - (y - this.y) * change;
    this.scale = scale;
    this.isFitted = false;
    this._hold();
    this._tell();
  }

  /** A place of the pane as one of the line art. @param {number} x @param {number} y @returns {[number, number]} */
  toDrawing(x, y) {
    return [(x - this.x) / this.scale, (y - this.y) / this.scale];
  }

  /** Some of the drawing always stays in sight. */
  _hold() {
    const edge = 60;
    this.x = Math.max(edge - this.width * this.scale, Math.min(this.paneWidth - edge, this.x));
    this.y = Math.max(edge - this.height * this.scale, Math.min(this.paneHeight - edge, this.y));
  }

  _tell() {
    this.dispatchEvent(new Event("change"));
  }
}
