// The panel: layers, how it is painted, the list of strokes.

import { byId, icon, make } from "./dom.js";
import { t } from "./i18n.js";
import { state } from "./state.js";

/** @typedef {import("./types.js").Stroke} Stroke */
/** @typedef {{toggle: (id: string|null) => void, remove: (id: string) => void, recolor: (id: string) => void, setLook: (look: import("./types.js").Look) => void, removeLayer: () => void}} Actions */

/** @param {import("./types.js").DrawingInfo} drawing @param {Actions} actions */
export function showLayers({ has_layer, look }, actions) {
  const { shown } = state.values;
  const rows = /** @type {const} */ (["lines", "hints", "picture"]).map((name) =>
    make("li", {}, check(`layer-${name}`, t(`layer_${name}`), shown[name], (on) => state.set("shown", { ...shown, [name]: on }))),
  );
  if ((look.style ?? "paint") === "paint") {
    const shade = check("layer-shade", t("layer_shade"), look.strength !== 0, (on) => actions.setLook({ ...look, strength: on ? 1 : 0 }));
    rows.splice(2, 0, make("li", {}, shade));
  }
  if (has_layer) {
    const remove = make("button", { type: "button", class: "text" }, t("remove"));
    remove.addEventListener("click", actions.removeLayer);
    rows.push(make("li", {}, make("span", { class: "quiet" }, t("layer_imported")), remove));
  }
  byId("layers").replaceChildren(...rows);
}

/**
 * @param {import("./types.js").Abilities} abilities
 * @param {import("./types.js").Look} look
 * @param {Actions} actions
 */
export function showLook(abilities, look, actions) {
  const model = abilities.models.find((one) => one.name === look.model) ?? abilities.models[0];
  /** @type {[string, string, [string, string][], string][]} */
  const fields = [];
  if (abilities.styles.length > 1) {
    fields.push(["style", "style", abilities.styles.map((one) => [one, t(`style_${one}`)]), look.style ?? abilities.styles[0]]);
  }
  if (abilities.models.length > 1) fields.push(["model", "model", abilities.models.map((one) => [one.name, one.name]), model.name]);
  const own = model.working_size;
  const sizes = model.sizes.map((size) => /** @type {[string, string]} */ ([String(size), t(size === own ? "size_own" : "size_px", { size })]));
  fields.push(["size", "size", sizes, String(look.size ?? own)]);
  if ((look.style ?? abilities.styles[0]) === "paint") {
    fields.push(["light", "light", ["left", "right"].map((one) => [one, t(`light_${one}`)]), look.light ?? "left"]);
  }
  if ((look.style ?? abilities.styles[0]) !== "soft") {
    fields.push(["unhinted", "unhinted", ["guess", "paper"].map((one) => [one, t(`unhinted_${one}`)]), look.unhinted ?? "guess"]);
  }
  const rows = fields.map(([name, label, options, value]) => {
    const select = /** @type {HTMLSelectElement} */ (make("select", { id: `look-${name}` }));
    for (const [key, text] of options) select.append(make("option", { value: key }, text));
    select.value = value;
    select.addEventListener("change", () => {
      actions.setLook({ ...look, [name]: name === "size" ? Number(select.value) : select.value });
    });
    return make("div", { class: "field" }, make("label", { for: `look-${name}` }, t(label)), select);
  });
  if ((look.style ?? abilities.styles[0]) === "paint") rows.push(shading(look, actions));
  rows.push(check("look-exact", t("exact"), look.exact ?? true, (exact) => actions.setLook({ ...look, exact })));
  rows.push(check("look-clean", t("clean_paper"), look.clean_paper ?? false, (clean_paper) => actions.setLook({ ...look, clean_paper })));
  byId("look").replaceChildren(...rows);
}

/** How much gradients and shade. @param {import("./types.js").Look} look @param {Actions} actions */
function shading(look, actions) {
  const range = /** @type {HTMLInputElement} */ (make("input", { type: "range", id: "look-strength", min: "0", max: "2", step: "0.1" }));
  range.value = String(look.strength ?? 1);
  range.addEventListener("change", () => actions.setLook({ ...look, strength: Number(range.value) }));
  return make("div", { class: "field" }, make("label", { for: "look-strength" }, t("strength")), range);
}

/** @param {string} id @param {string} text @param {boolean} on @param {(on: boolean) => void} change */
function check(id, text, on, change) {
  const box = /** @type {HTMLInputElement} */ (make("input", { type: "checkbox", id }));
  box.checked = on;
  box.addEventListener("change", () => change(box.checked));
  return make("label", { class: "check" }, box, text);
}

const MOST_ROWS = 300; // the newest ones: a list of thousands helps nobody

/** @param {Stroke[]} strokes @param {string|null} chosen @param {Actions} actions */
export function showStrokes(strokes, chosen, actions) {
  byId("stroke-count").textContent = String(strokes.length);
  byId("clear").hidden = !strokes.length;
  byId("no-strokes").hidden = strokes.length > 0;
  const rows = strokes.slice(-MOST_ROWS).map((stroke, index) => {
    const number = strokes.length - Math.min(MOST_ROWS, strokes.length) + index + 1;
    const bead = make("span", { class: "bead" });
    bead.style.color = stroke.color;
    const pick = make(
      "button",
      { type: "button", class: "pick", "aria-label": t("stroke", { number, color: stroke.color }), "aria-pressed": String(stroke.id === chosen) },
      bead,
      stroke.color,
      make("span", { class: "what" }, `${Math.round(stroke.width)} px`),
    );
    pick.addEventListener("click", () => actions.toggle(stroke.id === chosen ? null : stroke.id));
    pick.addEventListener("dblclick", () => actions.recolor(stroke.id));
    const remove = make("button", { type: "button", class: "icon", "aria-label": t("stroke_remove", { number }) }, icon("trash"));
    remove.addEventListener("click", () => actions.remove(stroke.id));
    return make("li", stroke.id === chosen ? { class: "chosen" } : {}, pick, remove);
  });
  byId("strokes").replaceChildren(...rows.reverse());
}
