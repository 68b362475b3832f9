// The page: its parts, and how they work together.

import * as api from "./api.js";
import { Desk } from "./desk.js";
import { button, byId, download, input, toast } from "./dom.js";
import * as files from "./files.js";
import * as gallery from "./gallery.js";
import { t, translate } from "./i18n.js";
import * as keys from "./keys.js";
import * as palette from "./palette.js";
import { showLayers, showLook, showStrokes } from "./panel.js";
import { Panes } from "./panes.js";
import * as splitter from "./splitter.js";
import { state } from "./state.js";
import { newId, Tools } from "./tools.js";
import { Viewport } from "./viewport.js";

/** @typedef {import("./types.js").ToolName} ToolName */
/** @typedef {import("./types.js").ViewName} ViewName */

const VIEWS = /** @type {ViewName[]} */ (["side", "split", "single"]);
const LEAST_BRUSH = 2, MOST_BRUSH = 80; // pixels of the screen

const viewport = new Viewport();
const panes = new Panes(viewport);
/** @type {Desk|null} */
let desk = null;
/** @type {import("./types.js").Abilities|null} */
let abilities = null;
const tools = new Tools(panes, () => desk);

/** @type {import("./panel.js").Actions} */
const actions = {
  toggle(id) {
    panes.chosen = id;
    panes.redraw();
    refreshStrokes();
  },
  remove: (id) => desk?.sheet.apply({ remove: [id], add: [] }),
  recolor(id) {
    const stroke = desk?.sheet.strokes.find((one) => one.id === id);
    if (stroke) desk?.sheet.apply({ remove: [], add: [{ ...stroke, color: state.values.color }] });
  },
  setLook: (look) => desk?.setLook(look),
  removeLayer: () => desk && api.json(`/v1/drawings/${desk.info.id}/layer`, "DELETE").catch(problem),
};

// ---------------------------------------------------------------- drawings

/** @param {string} id */
async function openDrawing(id) {
  try {
    await putOnDesk(await api.json(`/v1/drawings/${id}`));
  } catch (error) {
    problem(error);
    await goHome();
  }
}

/** @param {string} name */
async function openExample(name) {
  try {
    await putOnDesk(await api.json("/v1/drawings", "POST", { example: name, name: t(`example_${name}`) }));
  } catch (error) {
    problem(error);
  }
}

/** @param {import("./types.js").Drawing} drawing */
async function putOnDesk(drawing) {
  clearDesk();
  const next = (desk = new Desk(drawing, panes));
  history.replaceState(null, "", `#/drawings/${drawing.id}`);
  document.body.dataset.screen = "work";
  byId("start").hidden = true;
  byId("work").hidden = false;
  panes.chosen = null;
  panes.measure();
  next.addEventListener("change", refreshStrokes);
  next.addEventListener("saved", refreshSaved);
  next.addEventListener("info", refreshInfo);
  next.addEventListener("problem", (event) => toast(/** @type {CustomEvent} */ (event).detail, true));
  next.addEventListener("gone", () => {
    toast(t("gone"), true);
    goHome();
  });
  next.addEventListener("waiting", () => (document.body.dataset.waiting = ""));
  next.addEventListener("painted", (event) => painted(next, /** @type {CustomEvent} */ (event).detail));
  refreshStrokes();
  refreshSaved();
  refreshInfo();
  document.body.dataset.waiting = "";
  await next.load();
}

function clearDesk() {
  desk?.close();
  desk = null;
  delete document.documentElement.dataset.painted;
  delete document.documentElement.dataset.kind;
  delete document.body.dataset.waiting;
  byId("speed").textContent = "";
}

async function goHome() {
  clearDesk();
  history.replaceState(null, "", location.pathname);
  document.body.dataset.screen = "start";
  document.body.dataset.panel = "";
  byId("work").hidden = true;
  byId("start").hidden = false;
  await gallery.show({ openExample, openDrawing }).catch(problem);
}

/** @param {Desk} on @param {import("./types.js").PictureHead} head */
function painted(on, head) {
  const root = document.documentElement;
  root.dataset.painted = String(head.version);
  root.dataset.kind = head.kind;
  if (on.link.outbox.length || head.version < on.link.acknowledged) return;
  if (head.kind === "full") delete document.body.dataset.waiting;
  if (!on.penUp) return;
  const ms = performance.now() - on.penUp;
  if (head.kind === "full") {
    on.penUp = 0;
    byId("speed").textContent = t("speed", { ms: Math.round(ms) });
  }
  window.dispatchEvent(new CustomEvent("pts-painted", { detail: { ...head, ms } }));
}

/** @param {File[]} chosen */
async function takeFiles(chosen) {
  for (const file of chosen) {
    try {
      if (/\.(gpl|hex)$/i.test(file.name)) palette.importPalette(await file.text());
      else if (/\.json$/i.test(file.name) || file.type === "application/json") await importHints(file);
      else if (!(desk && (await importLayer(file)))) await putOnDesk(await api.createDrawing(file, stem(file.name)));
    } catch (error) {
      problem(error);
    }
  }
}

/** Strokes of a hints document. @param {File} file */
async function importHints(file) {
  const document_ = JSON.parse(await file.text().catch(() => ""));
  if (!desk || !Array.isArray(document_?.strokes)) throw new Error(t("bad_file", { name: file.name }));
  const add = document_.strokes.map((/** @type {any} */ one) => ({
    id: newId(), points: one.points, color: String(one.color), width: one.width ?? 8,
  }));
  desk.sheet.apply({ remove: [], add });
  toast(t("imported_hints"));
}

/** A picture that is hints: mostly clear, colored where it is not, and of the drawing's shape. @param {File} file */
async function importLayer(file) {
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (!bitmap || !desk) return false;
  const { opaque, colored } = files.opaqueShare(bitmap);
  const sameShape = Math.abs(bitmap.width / bitmap.height - desk.info.width / desk.info.height) < 0.02;
  if (opaque > 0.6 || colored < 0.3 || !sameShape) return false;
  await api.request(`/v1/drawings/${desk.info.id}/layer`, { method: "PUT", body: file });
  toast(t("imported_hints"));
  return true;
}

/** @param {string} kind */
async function save(kind) {
  if (!desk) return;
  const { id, name } = desk.info;
  try {
    await desk.link.flushed();
    const hints = kind.startsWith("hints-");
    const format = hints ? kind.slice(6) : kind;
    const content = await api.blob(`/v1/drawings/${id}/${hints ? "hints" : "picture"}?format=${format}`);
    const safe = (name || t("untitled")).replace(/[\\/:*?"<>|\u0000-\u001f]/g, "-");
    download(content, hints ? `${safe}.hints.${format}` : `${safe}.colored.${format}`);
  } catch (error) {
    problem(error);
  }
}

// ---------------------------------------------------------------- what is shown

function refreshStrokes() {
  const sheet = desk?.sheet;
  button("undo").disabled = !sheet?.done.length;
  button("redo").disabled = !sheet?.undone.length;
  if (panes.chosen && !sheet?.strokes.some((stroke) => stroke.id === panes.chosen)) panes.chosen = null;
  showStrokes(sheet?.strokes ?? [], panes.chosen, actions);
}

function refreshSaved() {
  if (!desk) return;
  const { connected, outbox } = desk.link;
  const now = !connected ? "offline" : outbox.length ? "saving" : "saved";
  const element = byId("saved");
  if (element.dataset.state === now) return;
  // Saving takes milliseconds: a word for it would only flicker.
  element.dataset.state = now;
  if (now !== "saving") byId("saved-text").textContent = t(now);
}

function refreshInfo() {
  if (!desk) return;
  const name = input("name");
  if (document.activeElement !== name) name.value = desk.info.name;
  document.title = `${desk.info.name || t("untitled")} – PaintsTorch Studio`;
  showLayers(desk.info, actions);
  if (abilities) showLook(abilities, desk.info.look, actions);
}

function refreshAll() {
  translate();
  if (abilities) byId("about").textContent = t("about", { version: abilities.version, backend: abilities.backend, device: abilities.device, precision: abilities.precision });
  byId("canvas-a").setAttribute("aria-label", t("canvas_drawing"));
  byId("canvas-b").setAttribute("aria-label", t("canvas_picture"));
  byId("saved").dataset.state = "";
  refreshStrokes();
  refreshSaved();
  refreshInfo();
}

/** @param {unknown} error */
function problem(error) {
  if (error instanceof api.ApiError && error.status === 401) askForToken();
  else toast(error instanceof Error ? error.message : String(error), true);
}

function askForToken() {
  const dialog = /** @type {HTMLDialogElement} */ (byId("token-sheet"));
  if (dialog.open) return;
  dialog.showModal();
  dialog.addEventListener("close", () => {
    api.setToken(input("token").value.trim());
    location.reload();
  }, { once: true });
}

/** @param {string} name */
function stem(name) {
  return name.replace(/\.[^.]+$/, "") || t("untitled");
}

// ---------------------------------------------------------------- controls

function wire() {
  byId("home").addEventListener("click", goHome);
  byId("undo").addEventListener("click", () => desk?.sheet.undo());
  byId("redo").addEventListener("click", () => desk?.sheet.redo());
  byId("zoom-in").addEventListener("click", () => viewport.zoom(1.25));
  byId("zoom-out").addEventListener("click", () => viewport.zoom(0.8));
  byId("zoom-value").addEventListener("click", () => viewport.zoom(1 / viewport.scale));
  byId("fit").addEventListener("click", () => viewport.fit());
  byId("help").addEventListener("click", keys.showSheet);
  byId("clear").addEventListener("click", () => {
    if (desk) desk.sheet.apply({ remove: desk.sheet.strokes.map((stroke) => stroke.id), add: [] });
  });
  input("name").addEventListener("change", () => desk?.rename(input("name").value.trim()));
  byId("panel-toggle").addEventListener("click", () => {
    const open = document.body.dataset.panel !== "open";
    document.body.dataset.panel = open ? "open" : "";
    byId("panel-toggle").setAttribute("aria-expanded", String(open));
  });
  byId("stage").addEventListener("pointerdown", (event) => {
    // What only closes a panel or a menu must not draw.
    const panelOpen = document.body.dataset.panel === "open";
    document.body.dataset.panel = "";
    if (panelOpen || document.querySelector(":popover-open")) event.stopPropagation();
  }, true);
  for (const element of document.querySelectorAll("[data-tool]")) {
    element.addEventListener("click", () => state.set("tool", /** @type {ToolName} */ (element.getAttribute("data-tool"))));
  }
  for (const element of document.querySelectorAll("#views [data-view]")) {
    element.addEventListener("click", () => state.set("view", /** @type {ViewName} */ (element.getAttribute("data-view"))));
  }
  for (const element of document.querySelectorAll("[data-save]")) {
    element.addEventListener("click", () => {
      /** @type {any} */ (byId("save-menu")).hidePopover();
      save(element.getAttribute("data-save") ?? "png");
    });
  }
  input("size").addEventListener("input", () => {
    state.set("width", Math.round(LEAST_BRUSH * (MOST_BRUSH / LEAST_BRUSH) ** (Number(input("size").value) / 100)));
  });
  for (const [id, name] of /** @type {[string, "live"|"penOnly"][]} */ ([["live", "live"], ["pen-only", "penOnly"]])) {
    input(id).checked = state.values[name];
    input(id).addEventListener("change", () => state.set(name, input(id).checked));
  }
  const language = /** @type {HTMLSelectElement} */ (byId("language"));
  language.addEventListener("change", () => {
    state.set("language", language.value);
    if (!desk) gallery.show({ openExample, openDrawing }).catch(problem);
  });
  const theme = /** @type {HTMLSelectElement} */ (byId("theme"));
  theme.value = state.values.theme;
  theme.addEventListener("change", () => state.set("theme", /** @type {any} */ (theme.value)));
  splitter.start(panes);
}

/** @param {"lines"|"hints"|"picture"} name */
function toggleLayer(name) {
  state.set("shown", { ...state.values.shown, [name]: !state.values.shown[name] });
}

/** @param {number} factor */
function resizeBrush(factor) {
  const width = state.values.width * factor;
  state.set("width", Math.round(Math.max(LEAST_BRUSH, Math.min(MOST_BRUSH, factor > 1 ? Math.max(width, state.values.width + 1) : width))));
}

function watchInput() {
  // The canvas has the focus while one draws on it: its ring is for those who came by keyboard.
  window.addEventListener("pointerdown", () => (document.body.dataset.input = "pointer"), true);
  window.addEventListener("keydown", (event) => {
    if (event.key === "Tab" || event.key.startsWith("Arrow")) document.body.dataset.input = "keys";
  }, true);
}

function watch() {
  state.watch(["tool"], () => {
    for (const element of document.querySelectorAll("[data-tool]")) {
      element.setAttribute("aria-pressed", String(element.getAttribute("data-tool") === state.values.tool));
    }
  });
  state.watch(["view"], () => {
    panes.view = state.values.view;
    document.body.dataset.view = panes.view;
    for (const element of document.querySelectorAll("#views [data-view]")) {
      element.setAttribute("aria-checked", String(element.getAttribute("data-view") === panes.view));
    }
    panes.measure();
  });
  state.watch(["shown"], () => {
    panes.shown = state.values.shown;
    panes.redraw();
    if (desk) showLayers(desk.info, actions);
  });
  state.watch(["width"], () => {
    const place = (100 * Math.log(state.values.width / LEAST_BRUSH)) / Math.log(MOST_BRUSH / LEAST_BRUSH);
    input("size").value = String(Math.round(place));
    byId("size-value").textContent = String(state.values.width);
  });
  state.watch(["theme"], () => {
    document.documentElement.dataset.theme = state.values.theme;
    panes.redraw();
  });
  state.watch(["language"], refreshAll);
  viewport.addEventListener("change", () => {
    byId("zoom-value").textContent = `${Math.round(100 * viewport.scale)} %`;
  });
}

async function start() {
  api.takeToken();
  palette.start();
  wire();
  watch();
  watchInput();
  tools.onPick = palette.choose;
  tools.onStroke = () => actions.toggle(null);
  files.start(takeFiles);
  /** @param {ToolName} tool */
  const take = (tool) => () => state.set("tool", tool);
  keys.start(
    {
      brush: take("brush"), fill: take("fill"), eraser: take("eraser"), dropper: take("dropper"), pan: take("pan"),
      smaller: () => resizeBrush(0.85), larger: () => resizeBrush(1.18),
      undo: () => desk?.sheet.undo(), redo: () => desk?.sheet.redo(), save: () => save("png"),
      views: () => state.set("view", VIEWS[(VIEWS.indexOf(state.values.view) + 1) % VIEWS.length]),
      zoomIn: () => viewport.zoom(1.25), zoomOut: () => viewport.zoom(0.8), fit: () => viewport.fit(),
      full: () => viewport.zoom(1 / viewport.scale),
      lines: () => toggleLayer("lines"), hints: () => toggleLayer("hints"), picture: () => toggleLayer("picture"),
      delete: () => panes.chosen && actions.remove(panes.chosen), help: keys.showSheet, escape: () => actions.toggle(null),
    },
    {
      palette: (index) => state.values.palette[index] && palette.choose(state.values.palette[index]),
      nudge: (dx, dy) => tools.nudge(dx, dy),
      dab: () => tools.dab(tools.keyboardPlace ?? [viewport.width / 2, viewport.height / 2]),
      hold: (which, held) => tools.hold(which, held),
    },
  );
  try {
    abilities = await api.json("/v1/models");
  } catch (error) {
    problem(error);
    return;
  }
  refreshAll();
  /** @type {HTMLSelectElement} */ (byId("language")).value = document.documentElement.lang;
  const found = /^#\/drawings\/([A-Za-z0-9_-]+)$/.exec(location.hash);
  if (found) await openDrawing(found[1]);
  else await goHome();
  document.documentElement.dataset.ready = "";
}

start();
