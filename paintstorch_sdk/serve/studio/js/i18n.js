// The page's language: texts by name, put into elements that say which one is theirs.

import en from "../locales/en.js";
import fr from "../locales/fr.js";
import ja from "../locales/ja.js";
import { state } from "./state.js";

/** @type {Record<string, Record<string, string>>} */
const LOCALES = { en, ja, fr };

export function language() {
  const wanted = state.values.language || navigator.language.slice(0, 2);
  return wanted in LOCALES ? wanted : "en";
}

/**
 * A text in the page's language; {name} stands for a value.
 * @param {string} key
 * @param {Record<string, string|number>} [values]
 */
export function t(key, values = {}) {
  const text = LOCALES[language()][key] ?? en[/** @type {keyof typeof en} */ (key)] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/** Put texts into a part of the page: content (data-t), name and tip (data-tip), name alone (data-label). */
export function translate(/** @type {ParentNode} */ root = document) {
  document.documentElement.lang = language();
  for (const element of root.querySelectorAll("[data-t]")) element.textContent = t(element.getAttribute("data-t") ?? "");
  for (const name of ["data-tip", "data-label"]) {
    for (const element of root.querySelectorAll(`[${name}]`)) {
      element.setAttribute("aria-label", t(element.getAttribute(name) ?? ""));
    }
  }
}
