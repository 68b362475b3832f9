// Requests to the server that the page came from; there is no other.

const TOKEN = "pts.token";

/** An answer that is not what was asked for; its message is fit to be shown. */
export class ApiError extends Error {
  /** @param {number} status @param {string} message */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Take the token from the address, where `pts serve` puts it, and hide it there. */
export function takeToken() {
  const found = /^#token=(.+)$/.exec(location.hash);
  if (found) {
    setToken(decodeURIComponent(found[1]));
    history.replaceState(null, "", location.pathname);
  }
}

/** @param {string} token */
export function setToken(token) {
  sessionStorage.setItem(TOKEN, token);
}

/** @returns {Record<string, string>} */
function authorization() {
  const token = sessionStorage.getItem(TOKEN);
  return token ? { Authorization: `Bearer ${token}` } : {};
}

/** Protocols of a WebSocket: ours, and the token, which browsers cannot send as a header. */
export function protocols() {
  const token = sessionStorage.getItem(TOKEN);
  if (!token) return ["pts.v1"];
  const coded = btoa(token).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return ["pts.v1", `pts.token.${coded}`];
}

/**
 * @param {string} path
 * @param {RequestInit} [options]
 * @returns {Promise<Response>}
 */
export async function request(path, options = {}) {
  const headers = { ...authorization(), .../** @type {Record<string, string>} */ (options.headers ?? {}) };
  const response = await fetch(path, { ...options, headers });
  if (!response.ok) {
    const content = await response.json().catch(() => null);
    throw new ApiError(response.status, content?.error?.message ?? `${response.status} ${response.statusText}`);
  }
  return response;
}

/**
 * @param {string} path
 * @param {string} [method]
 * @param {unknown} [body]
 * @returns {Promise<any>}
 */
export async function json(path, method = "GET", body) {
  const content = body === undefined ? {} : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  const response = await request(path, { method, ...content });
  return response.status === 204 ? null : response.json();
}

/** @param {string} path @returns {Promise<Blob>} */
export async function blob(path) {
  return (await request(path)).blob();
}

/**
 * Make a drawing of a file.
 * @param {File|Blob} file
 * @param {string} name
 * @returns {Promise<import("./types.js").Drawing>}
 */
export async function createDrawing(file, name) {
  const form = new FormData();
  form.set("line_art", file, "line-art");
  form.set("name", name.slice(0, 200));
  return (await request("/v1/drawings", { method: "POST", body: form })).json();
}
