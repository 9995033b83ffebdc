// How the email is shown: widths, switches and the page's URL, which contains all of it.

import { $ } from "./api.js";

const LONGEST = 4000;
const view = $("view");
const handles = document.querySelectorAll("[data-width]");
const field = (name) => view.elements[name];

/** The controls that differ from the default, by name: `{host: "evening", dark: "on", phone: "320"}`. */
export function settings() {
  const chosen = [...view.elements].filter(({ name, type, checked, value, dataset }) =>
    name && (type === "checkbox" ? checked : value && value !== dataset.usual));
  return Object.fromEntries(chosen.map(({ name, value }) => [name, value]));
}

/** Write the page's state to its URL; settings that are too long for one are only in the draft. */
export function writeUrl(path, more) {
  const short = Object.entries(more).filter(([, value]) => value && String(value).length < LONGEST);
  const query = new URLSearchParams([...Object.entries(settings()), ...short]);
  history.replaceState(null, "", `${path}${query.size ? `?${query}` : ""}`);
  // Editor in the navigation leads back here; the draft itself has the settings.
  for (const name of ["plugin", "settings"]) query.delete(name);
  document.cookie = `last=${path.slice("/editor/".length)}?${query}; path=/editor/last; samesite=strict`;
}

function setWidth(name, width) {
  const input = field(name);
  input.value = Math.min(Math.max(Math.round(width), input.min), input.max);
  drawWidths();
}

function drawWidths() {
  for (const handle of handles) {
    handle.parentElement.style.width = `${field(handle.dataset.width).value}px`;
  }
  $("narrow").checked = field("phone").value === field("phone").min;
}

/** Make the views resizable; `onChange(control)` is called for every change of a view option. */
export function startView(onChange) {
  drawWidths();
  for (const handle of handles) {
    const { width: name } = handle.dataset;
    handle.addEventListener("pointerdown", ({ pointerId, clientX }) => {
      const start = Number(field(name).value) - clientX;
      handle.setPointerCapture(pointerId);
      handle.onpointermove = (event) => setWidth(name, start + event.clientX);
    });
    handle.addEventListener("lostpointercapture", () => {
      handle.onpointermove = null;
      onChange(field(name));
    });
  }
  view.addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("change", ({ target }) => {
    if (target.form !== view) return;
    const { name, value } = target;
    if (target.id === "narrow") setWidth("phone", target.checked ? field("phone").min : field("phone").dataset.usual);
    if (target.type === "number") setWidth(name, Number(value) || target.dataset.usual);
    onChange(target);
  });
}
