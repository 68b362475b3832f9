// The WebSocket of one drawing: changes go out in order and stay here until the server has them on disk.

import { protocols } from "./api.js";

/** @typedef {import("./types.js").Change} Change */
/** @typedef {{seq: number, message: Record<string, unknown>, change: Change|null, version: number|null}} Sent */

const RETRY = [300, 800, 2000, 5000]; // milliseconds

export class Link extends EventTarget {
  /** @param {string} drawing */
  constructor(drawing) {
    super();
    this.drawing = drawing;
    /** @type {Sent[]} */
    this.outbox = [];
    this.connected = false;
    this.closed = false;
    this.acknowledged = 0; // version of the last change that is on disk
    this._seq = 0;
    this._tries = 0;
    /** @type {WebSocket|null} */
    this._socket = null;
    this._draftBusy = false;
    /** @type {unknown} */
    this._draftNext = undefined;
    this._connect();
  }

  /** @param {Change} change */
  change(change) {
    this._draftNext = undefined; // a draft that is sent after its stroke would never go away
    this._send({ type: "change", ...change }, change);
  }

  /** @param {{name?: string, look?: import("./types.js").Look}} what */
  set(what) {
    this._send({ type: "set", ...what }, null);
  }

  /** Show a stroke while it is drawn; one at a time is under way. @param {import("./types.js").Stroke|null} stroke */
  draft(stroke) {
    if (!this.connected) return;
    if (this._draftBusy && stroke) {
      this._draftNext = stroke;
      return;
    }
    this._draftNext = undefined;
    this._draftBusy = stroke !== null;
    this._socket?.send(JSON.stringify({ type: "draft", stroke }));
  }

  /** Resolves when everything is on disk. */
  async flushed() {
    while (this.outbox.length && !this.closed) {
      await new Promise((resolve) => this.addEventListener("saved", resolve, { once: true }));
    }
  }

  close() {
    this.closed = true;
    this._socket?.close();
  }

  /** @param {Record<string, unknown>} message @param {Change|null} change */
  _send(message, change) {
    const seq = ++this._seq;
    const sent = { seq, message: { ...message, seq }, change, version: null };
    this.outbox.push(sent);
    if (this.connected) this._socket?.send(JSON.stringify(sent.message));
    this._tell("state");
  }

  _connect() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/v1/drawings/${this.drawing}/socket`, protocols());
    socket.binaryType = "arraybuffer";
    this._socket = socket;
    socket.addEventListener("message", (event) => {
      if (typeof event.data === "string") this._hear(JSON.parse(event.data));
      else this._see(event.data);
    });
    socket.addEventListener("close", (event) => {
      this.connected = false;
      this._draftBusy = false;
      if (this.closed) return;
      this._tell("state");
      if (event.code === 4404) {
        this.closed = true;
        this._tell("gone");
        return;
      }
      setTimeout(() => !this.closed && this._connect(), RETRY[Math.min(this._tries++, RETRY.length - 1)]);
    });
  }

  /** @param {any} message */
  _hear(message) {
    switch (message.type) {
      case "hello":
        this.connected = true;
        this._tries = 0;
        this.acknowledged = message.drawing.version;
        this._tell("hello", message.drawing);
        for (const sent of this.outbox) this._socket?.send(JSON.stringify(sent.message));
        this._tell("state");
        break;
      case "ack":
        this.outbox = this.outbox.filter((sent) => sent.seq !== message.seq);
        this.acknowledged = Math.max(this.acknowledged, message.version);
        this._tell("ack", message);
        this._tell("state");
        if (!this.outbox.length) this._tell("saved");
        break;
      case "refused":
        if (message.seq !== null) {
          const refused = this.outbox.find((sent) => sent.seq === message.seq);
          this.outbox = this.outbox.filter((sent) => sent !== refused);
          this._tell("refused", { change: refused?.change ?? null, message: message.message });
        }
        this._tell("state");
        if (!this.outbox.length) this._tell("saved");
        break;
      default:
        this._tell(message.type, message);
    }
  }

  /** @param {ArrayBuffer} data */
  _see(data) {
    const bytes = new Uint8Array(data);
    const end = bytes.indexOf(10);
    const head = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
    if (head.kind === "preview") {
      this._draftBusy = false;
      const next = /** @type {any} */ (this._draftNext);
      if (next) this.draft(next);
    }
    this._tell("picture", { head, file: new Blob([bytes.subarray(end + 1)], { type: "image/jpeg" }) });
  }

  /** @param {string} name @param {unknown} [detail] */
  _tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
