// The panels below the email, as tabs; the server renders them.

import { $, call, make } from "./api.js";

const root = $("panels");
const tabs = [...root.querySelectorAll("[role=tab]")];
const paneOf = (tab) => $(tab.getAttribute("aria-controls"));

let shown;

/** Show `{number, checks, inspector, source}`, the server's HTML; absent panels stay unchanged. */
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
  if (root.contains($(focused))) $(focused).focus();
}

function choose(tab) {
  for (const each of tabs) {
    each.setAttribute("aria-selected", each === tab);
    each.tabIndex = each === tab ? 0 : -1;
    paneOf(each).hidden = each !== tab;
  }
}

async function copy(button) {
  const text = $(button.dataset.copy).textContent.replace(/\n$/, "");
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "The browser does not allow it";
  }
  setTimeout(() => (button.textContent = label), 1500);
}

root.addEventListener("click", (event) => {
  const kinds = ["[role=tab]", "[data-copy]", "a[href^='#source-']"];
  const [tab, button, link] = kinds.map((kind) => event.target.closest(kind));
  if (tab) choose(tab);
  if (button) copy(button);
  if (!link) return;
  event.preventDefault();
  choose(tabs.find(({ dataset }) => dataset.panel === "source"));
  document.querySelector(link.hash)?.focus();
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
