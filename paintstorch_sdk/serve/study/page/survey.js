// One picture at a time, rated by a click or a key; who comes back goes on where they were.

const KEY = "pts.rater";

/** @param {string} id @returns {any} */
const byId = (id) => document.getElementById(id);

function rater() {
  let name = localStorage.getItem(KEY);
  if (!name) {
    name = "r" + Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
    localStorage.setItem(KEY, name);
  }
  return name;
}

/** @type {{item: string, rate: number|null}[]} */
const seen = [];
let at = -1;
let busy = false;

async function advance() {
  if (at + 1 < seen.length) at++;
  else {
    const next = await (await fetch(`/v1/study/next?rater=${rater()}`)).json();
    byId("progress").textContent = `${next.done} / ${next.total}`;
    byId("bar").value = next.total ? next.done / next.total : 1;
    if (next.item === null) {
      at = seen.length;
    } else {
      seen.push({ item: next.item, rate: null });
      at = seen.length - 1;
    }
  }
  show();
}

function show() {
  const now = seen[at];
  byId("picture").hidden = !now;
  byId("end").hidden = Boolean(now);
  byId("back").disabled = at <= 0;
  if (now) byId("picture").src = `/v1/study/items/${now.item}`;
  for (const button of document.querySelectorAll("[data-rate]")) {
    /** @type {HTMLButtonElement} */ (button).disabled = !now;
    button.classList.toggle("chosen", Boolean(now) && Number(button.getAttribute("data-rate")) === now.rate);
  }
}

/** @param {number} value */
async function rate(value) {
  const now = seen[at];
  if (!now || busy) return;
  busy = true;
  try {
    const body = JSON.stringify({ rater: rater(), rate: value });
    const answer = await fetch(`/v1/study/items/${now.item}/rate`, { method: "PUT", body, headers: { "Content-Type": "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    now.rate = value;
    await advance();
  } catch {
    byId("progress").textContent = "Not saved: try again";
  } finally {
    busy = false;
  }
}

function back() {
  if (at > 0) {
    at--;
    show();
  }
}

for (const button of document.querySelectorAll("[data-rate]")) button.addEventListener("click", () => rate(Number(button.getAttribute("data-rate"))));
byId("back").addEventListener("click", back);
window.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (/^[1-5]$/.test(event.key)) rate(Number(event.key));
  if (event.key === "ArrowLeft") back();
});
advance();
