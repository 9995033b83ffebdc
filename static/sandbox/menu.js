// The element menu: search and keyboard navigation.

import { $ } from "./api.js";
import { foldMenu, uncoverEmail } from "./layout.js";

const tiles = [...document.querySelectorAll("[data-plugin]")];
const shown = () => tiles.filter((tile) => !tile.parentElement.hidden);

/** Show the menu and focus its search box when `/` is pressed outside of a field. */
export function toSearch(event) {
  if (event.key !== "/" || event.target.matches("input, select, textarea")) return;
  event.preventDefault();
  foldMenu(false);
  $("find")?.focus();
}

/** Start the menu; `insert(id)` is called with the chosen plugin's id. */
export function startMenu(insert) {
  for (const tile of tiles) {
    tile.addEventListener("click", () => {
      uncoverEmail();
      insert(Number(tile.dataset.plugin));
    });
    tile.disabled = false;
  }
  document.addEventListener("keydown", toSearch);
  $("find")?.addEventListener("input", ({ target }) => {
    const words = target.value.trim().toLowerCase();
    for (const tile of tiles) tile.parentElement.hidden = !tile.textContent.toLowerCase().includes(words);
    $("unfound").textContent = shown().length ? "" : "No block has these words.";
  });
  document.querySelector(".menu").addEventListener("keydown", (event) => {
    const { key, target } = event;
    const step = { ArrowDown: 1, ArrowUp: -1 }[key];
    if (step) (shown()[shown().indexOf(target) + step] ?? $("find")).focus();
    else if (key === "Enter" && target === $("find")) shown()[0]?.click();
    else return;
    event.preventDefault();
  });
}
