// The strokes of a drawing, and what was done to them: undo and redo without limit, kept over a reload.

/** @typedef {import("./types.js").Stroke} Stroke */
/** @typedef {import("./types.js").Change} Change */
/** @typedef {{change: Change, inverse: Change}} Step */

/**
 * Strokes after a change. The server does the same.
 * @param {Stroke[]} strokes
 * @param {Change} change
 * @returns {Stroke[]}
 */
export function applied(strokes, change) {
  const removed = new Set(change.remove);
  const kept = strokes.filter((stroke) => !removed.has(stroke.id));
  for (const { index, ...stroke } of change.add) {
    const place = kept.findIndex((one) => one.id === stroke.id);
    if (place >= 0) kept[place] = stroke;
    else if (index === undefined || index >= kept.length) kept.push(stroke);
    else kept.splice(index, 0, stroke);
  }
  return kept;
}

/**
 * The change that takes a change back.
 * @param {Stroke[]} strokes  before the change
 * @param {Change} change
 * @returns {Change}
 */
export function inverse(strokes, change) {
  const removed = new Set(change.remove);
  /** @type {Stroke[]} */
  const back = [];
  strokes.forEach((stroke, index) => {
    if (removed.has(stroke.id)) back.push({ ...stroke, index });
  });
  const before = new Map(strokes.map((stroke) => [stroke.id, stroke]));
  /** @type {string[]} */
  const remove = [];
  for (const { id } of change.add) {
    const old = before.get(id);
    if (!old || removed.has(id)) remove.push(id);
    else back.push(old);
  }
  return { remove, add: back };
}

export class Sheet extends EventTarget {
  /** @param {string} drawing @param {(change: Change) => void} send */
  constructor(drawing, send) {
    super();
    this.drawing = drawing;
    this._send = send;
    /** @type {Stroke[]} */
    this.strokes = [];
    /** @type {Step[]} */
    this.done = [];
    /** @type {Step[]} */
    this.undone = [];
    this._writing = Promise.resolve();
  }

  /** Strokes from the server. @param {Stroke[]} strokes */
  replace(strokes) {
    this.strokes = strokes;
    this._tell();
  }

  /** @param {Change} change */
  apply(change) {
    if (!change.remove.length && !change.add.length) return;
    this.done.push({ change, inverse: inverse(this.strokes, change) });
    this.undone = [];
    this._do(change);
  }

  undo() {
    const step = this.done.pop();
    if (!step) return;
    this.undone.push(step);
    this._do(step.inverse);
  }

  redo() {
    const step = this.undone.pop();
    if (!step) return;
    this.done.push(step);
    this._do(step.change);
  }

  /** A change that came from elsewhere: it is not ours to undo. @param {Change} change */
  follow(change) {
    this.strokes = applied(this.strokes, change);
    this._tell();
  }

  /** The server did not take a change. @param {Change} change */
  refuse(change) {
    const place = this.done.findLastIndex((step) => step.change === change);
    if (place < 0) return;
    const [step] = this.done.splice(place, 1);
    this.strokes = applied(this.strokes, step.inverse);
    this._keep();
    this._tell();
  }

  /** Read what can be undone from where it is kept. */
  async restore() {
    const kept = await read(this.drawing).catch(() => null);
    if (kept && !this.done.length) {
      this.done = kept.done;
      this.undone = kept.undone;
      this._tell();
    }
  }

  /** @param {Change} change */
  _do(change) {
    this.strokes = applied(this.strokes, change);
    this._send(change);
    this._keep();
    this._tell();
  }

  _keep() {
    const steps = { done: this.done, undone: this.undone };
    this._writing = this._writing.then(() => write(this.drawing, steps)).catch(() => undefined);
  }

  _tell() {
    this.dispatchEvent(new Event("change"));
  }
}

/** @returns {Promise<IDBDatabase>} */
function open() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open("pts", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("history");
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

/** @param {string} drawing @returns {Promise<{done: Step[], undone: Step[]}|null>} */
async function read(drawing) {
  const db = await open();
  return new Promise((resolve, reject) => {
    const asked = db.transaction("history").objectStore("history").get(drawing);
    asked.onsuccess = () => resolve(asked.result ?? null);
    asked.onerror = () => reject(asked.error);
    db.close();
  });
}

/** @param {string} drawing @param {{done: Step[], undone: Step[]}} steps @returns {Promise<void>} */
async function write(drawing, steps) {
  const db = await open();
  return new Promise((resolve, reject) => {
    const transaction = db.transaction("history", "readwrite");
    transaction.objectStore("history").put(steps, drawing);
    transaction.oncomplete = () => resolve();
    transaction.onerror = () => reject(transaction.error);
    db.close();
  });
}
