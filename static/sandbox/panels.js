// The panels beside the email, as tabs; the server renders them.

import { $, call, copyText, make } from "./api.js";
import { foldPanels, remember, remembered } from "./layout.js";

const root = $("panels");
const tabs = [...root.querySelectorAll("[role=tab]")];
const paneOf = (tab) => $(tab.getAttribute("aria-controls"));

let shown;
let handlers = { mark() {}, pick() {} };

/** Start the panels; `mark(tag)` is called to highlight what a start tag made, `pick(tag)` to show all of it. */
export function startPanels(given) {
  handlers = given;
  const last = tabs.find(({ dataset }) => dataset.panel === remembered("panel"));
  if (last && !new URLSearchParams(location.search).has("panel")) choose(last, { opens: false });
}

/** Show `{number, checks, inspector, source, why}`, the server's HTML; absent panels stay unchanged. */
export function showPanels(panels) {
  if (panels.number < shown) return; // overtaken by a later response
  shown = panels.number ?? shown;
  const focused = document.activeElement?.id;
  for (const tab of tabs) {
    const html = panels[tab.dataset.panel];
    if (html === undefined) continue;
    // The server has escaped what came from the app, and the page's policy allows no script.
    paneOf(tab).innerHTML = html;
    const count = paneOf(tab).querySelector("[data-count]")?.dataset.count;
    if (count !== undefined) tab.dataset.count = count;
  }
  $("why").innerHTML = panels.why ?? "";
  if (root.contains($(focused))) $(focused).focus();
}

function choose(tab, { opens = true } = {}) {
  if (opens && $("panes").hidden) foldPanels(false);
  remember({ panel: tab.dataset.panel });
  for (const each of tabs) {
    each.setAttribute("aria-selected", each === tab);
    each.tabIndex = each === tab ? 0 : -1;
    paneOf(each).hidden = each !== tab;
  }
}

/** Show what was picked, `{line, html}`, and select its line in the source; or the message why it is not known. */
export function showPicked({ line, html, message }) {
  choose(tabs.find(({ dataset }) => dataset.panel === "source"));
  const place = $("picked");
  if (place) place.innerHTML = html ?? "";
  if (place && message) place.textContent = message;
  selectLine($(`source-${line}`));
}

function selectLine(line) {
  root.querySelector(".chosen")?.classList.remove("chosen");
  line?.classList.add("chosen");
  line?.focus({ preventScroll: true });
  line?.scrollIntoView({ block: "nearest" });
}

root.addEventListener("click", (event) => {
  const kinds = ["[role=tab]", "[data-copy]", "a[href^='#source-']"];
  const [tab, button, link] = kinds.map((kind) => event.target.closest(kind));
  if (tab) choose(tab);
  if (button) copyText($(button.dataset.copy).textContent.replace(/\n$/, ""), button);
  const line = event.target.closest("#source > [data-tag]");
  if (line && getSelection().isCollapsed) handlers.pick(Number(line.dataset.tag));
  if (!link) return;
  event.preventDefault();
  choose(tabs.find(({ dataset }) => dataset.panel === "source"));
  selectLine(document.querySelector(link.hash));
  const finding = link.closest("[data-tag]");
  if (finding) handlers.pick(Number(finding.dataset.tag));
});

// A finding, or a line of the source, highlights its element in the picture.
for (const type of ["focusin", "pointerover"]) {
  root.addEventListener(type, ({ target }) => {
    const marking = target.closest("[data-tag]");
    if (marking) handlers.mark(Number(marking.dataset.tag), type === "focusin");
  });
}
root.addEventListener("keydown", (event) => {
  const line = event.target.closest("#source > span");
  const source = event.target.closest("#source");
  const next = { ArrowDown: line ? line.nextElementSibling : source?.firstElementChild, ArrowUp: line?.previousElementSibling };
  if (source && next[event.key]) selectLine(next[event.key]);
  else if (line?.dataset.tag && event.key === "Enter") handlers.pick(Number(line.dataset.tag));
  else return;
  event.preventDefault();
});

root.addEventListener("keydown", (event) => {
  const at = tabs.indexOf(event.target);
  const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
  if (at < 0 || next === undefined) return;
  event.preventDefault();
  const tab = tabs.at(next % tabs.length);
  choose(tab);
  tab.focus();
});

let requests = 0;

root.addEventListener("change", async ({ target }) => {
  const { clients } = target.form?.dataset ?? {};
  if (!clients) return;
  const chosen = [...target.form.elements].filter(({ checked }) => checked).map(({ value }) => value);
  const number = ++requests;
  const { panels } = await call("POST", clients, { clients: chosen });
  // An input that is being pressed must not be replaced.
  while (root.querySelector("input:active")) await new Promise(requestAnimationFrame);
  // An older response would undo it.
  if (number === requests) showPanels(panels);
});

// An older request is fetched when opened. The event does not bubble.
root.addEventListener("toggle", async ({ target }) => {
  const { fill } = target.dataset;
  if (!fill || !target.open) return;
  delete target.dataset.fill;
  const part = make("div");
  target.append(part);
  try {
    part.innerHTML = (await call("GET", fill)).html;
  } catch (error) {
    part.textContent = error.message;
  }
}, true);
