"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // Light or dark, against what the system says.
  const theme = document.getElementById("theme");
  theme.hidden = false;
  theme.addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });

  // One panel at a time, where there are several.
  const panels = all("section.panel");
  const tabs = document.querySelector(".tabs");
  const show = (chosen) => {
    panels.forEach((panel, i) => { panel.hidden = i !== chosen; });
    all("button", tabs).forEach((tab, i) => { tab.setAttribute("aria-selected", i === chosen); tab.tabIndex = i === chosen ? 0 : -1; });
  };
  if (tabs && panels.length > 1) {
    tabs.hidden = false;
    all("button", tabs).forEach((tab, i) => tab.addEventListener("click", () => show(i)));
    tabs.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const buttons = all("button", tabs);
      const next = (buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length;
      buttons[next].focus();
      show(next);
    });
    const asked = panels.findIndex((panel) => "#" + panel.id === location.hash);
    show(asked < 0 ? 0 : asked);
  }

  // What a mark stands for.
  const tip = document.getElementById("tip");
  const tell = (event) => {
    const target = event.target.closest && event.target.closest("[data-tip]");
    tip.classList.toggle("on", Boolean(target));
    if (!target) return;
    tip.textContent = target.dataset.tip;
    const box = target.getBoundingClientRect();
    const x = event.clientX ?? box.left + box.width / 2;
    const y = event.clientY ?? box.top;
    tip.style.left = Math.max(8, Math.min(x + 12, innerWidth - tip.offsetWidth - 8)) + "px";
    tip.style.top = (y + 18 + tip.offsetHeight > innerHeight ? y - tip.offsetHeight - 14 : y + 18) + "px";
  };
  ["pointermove", "pointerdown", "focusin"].forEach((name) => document.addEventListener(name, tell));
  ["pointerleave", "focusout"].forEach((name) => document.addEventListener(name, () => tip.classList.remove("on")));

  // Tables: sorted by a column; rows without a value stay at the end.
  all("table.sortable thead button").forEach((button) => button.addEventListener("click", () => {
    const head = button.closest("th");
    const table = head.closest("table");
    const column = head.cellIndex;
    const up = head.getAttribute("aria-sort") !== "ascending";
    all("thead th[aria-sort]", table).forEach((other) => other.setAttribute("aria-sort", "none"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const value = (row) => row.cells[column] && row.cells[column].dataset.value;
    const compare = (a, b) => {
      const [x, y] = [value(a), value(b)];
      if (x === undefined || y === undefined) return (x === undefined) - (y === undefined);
      const order = isNaN(x) || isNaN(y) ? x.localeCompare(y) : x - y;
      return up ? order : -order;
    };
    const body = table.tBodies[0];
    body.append(...[...body.rows].sort(compare));
  }));

  // The run itself: to keep, and every sample to read.
  const run = document.getElementById("run");
  if (!run) return;
  const raw = run.textContent;
  all("button.download").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([raw], { type: "application/json" }));
      link.download = "pts-bench.json";
      link.click();
      URL.revokeObjectURL(link.href);
    });
  });
  const samples = document.getElementById("samples");
  samples.hidden = false;
  samples.addEventListener("toggle", () => {
    if (samples.dataset.full) return;
    samples.dataset.full = "yes";
    for (const row of JSON.parse(raw).rows) {
      if (!row.samples) continue;
      const title = document.createElement("strong");
      title.textContent = [row.backend, row.precision, row.device, row.scenario, row.size.join(" x "), "batch " + row.batch, row.model].join(", ");
      samples.append(title);
      row.samples.rounds.forEach((round, i) => {
        const line = document.createElement("p");
        line.className = "samples";
        line.textContent = "round " + (i + 1) + ": " + round.map((seconds) => (1000 * seconds).toPrecision(5)).join(" ");
        samples.append(line);
      });
    }
  });
})();
