// The list of deliveries on the webhooks' pages: fetched again whenever something was delivered.

import { $ } from "./api.js";
import { watch } from "./live.js";

const list = $("deliveries");
let running = false;
let again = false;
let isLost = true; // also what happened between this page and its first event

async function refresh() {
  again = running;
  if (running) return;
  running = true;
  try {
    const response = await fetch(list.dataset.url);
    if (response.ok) show(await response.text());
  } catch {
    isLost = true; // the next sign of life refreshes
  }
  running = false;
  if (again) refresh();
}

/** Show the server's HTML, which is escaped there; what is open stays open, and the focus stays. */
function show(html) {
  const open = [...list.querySelectorAll("details[open]")].map(({ id }) => id);
  const row = list.contains(document.activeElement) && document.activeElement.closest("details");
  const place = row && [...row.querySelectorAll("summary, pre, button")].indexOf(document.activeElement);
  const before = list.querySelectorAll("details").length;
  list.innerHTML = html;
  for (const id of open) $(id)?.setAttribute("open", "");
  if (row) $(row.id)?.querySelectorAll("summary, pre, button")[place]?.focus({ preventScroll: true });
  const first = list.querySelector("summary");
  if (first && before !== list.querySelectorAll("details").length) {
    $("news").textContent = `A new delivery: ${first.querySelector("strong").textContent}`;
  }
}

// A page of older deliveries does not change under its reader.
if (!new URLSearchParams(location.search).has("after")) {
  watch({
    delivered: ({ account }) => account === Number(list.dataset.account) && refresh(),
    lost: () => (isLost = true),
    alive: () => {
      if (isLost) refresh();
      isLost = false;
    },
  });
}
