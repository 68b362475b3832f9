// The first screen: examples, and the drawings that were kept.

import * as api from "./api.js";
import { byId, icon, make, toast } from "./dom.js";
import { t } from "./i18n.js";

/** @type {string[]} */
let urls = [];

/**
 * @param {{openExample: (name: string) => void, openDrawing: (id: string) => void}} actions
 * @returns {Promise<void>}
 */
export async function show(actions) {
  /** @type {[{name: string, width: number, height: number}[], import("./types.js").DrawingInfo[]]} */
  const [examples, drawings] = await Promise.all([api.json("/v1/examples"), api.json("/v1/drawings")]);
  urls.forEach((url) => URL.revokeObjectURL(url));
  urls = [];
  byId("example-list").replaceChildren(
    ...examples.map((example) =>
      card(t(`example_${example.name}`), `${example.width} × ${example.height}`, `/v1/examples/${example.name}/thumbnail`, {
        open: () => actions.openExample(example.name),
        marker: example.name,
      }),
    ),
  );
  byId("recent").hidden = !drawings.length;
  byId("recent-list").replaceChildren(
    ...drawings.slice(0, 60).map((drawing) => {
      const name = drawing.name || t("untitled");
      const element = card(name, `${drawing.width} × ${drawing.height}`, `/v1/drawings/${drawing.id}/thumbnail`, {
        open: () => actions.openDrawing(drawing.id),
      });
      const remove = make("button", { type: "button", class: "icon remove", "aria-label": t("remove_drawing", { name }) }, icon("trash"));
      remove.addEventListener("click", async () => {
        if (!confirm(t("remove_sure", { name }))) return;
        await api.json(`/v1/drawings/${drawing.id}`, "DELETE").catch((error) => toast(error.message, true));
        await show(actions);
      });
      element.append(remove);
      return element;
    }),
  );
}

/**
 * @param {string} name
 * @param {string} detail
 * @param {string} picture
 * @param {{open: () => void, marker?: string}} how
 */
function card(name, detail, picture, how) {
  const image = /** @type {HTMLImageElement} */ (make("img", { alt: "", decoding: "async" }));
  api.blob(picture).then(
    (content) => {
      image.src = URL.createObjectURL(content);
      urls.push(image.src);
    },
    () => undefined, // a card without its picture is still a card
  );
  const open = make("button", { type: "button" }, make("span", { class: "frame" }, image), make("span", { class: "label" }, name, make("small", {}, detail)));
  if (how.marker) open.dataset.example = how.marker;
  open.addEventListener("click", how.open);
  return make("li", { class: "card" }, open);
}
