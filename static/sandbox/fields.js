// A field of the sidebar: its label, its help and the control of its type; and groups of them.

import { make } from "./api.js";
import * as controls from "./controls.js";
import * as pickers from "./pickers.js";
import { search } from "./search.js";

// Under Kit's own type words. Each builder gets the setting, an element id, the stored value,
// `change(value, delay)` and, for search, `ask(text)`; `value` is `undefined` when empty.
const BUILDERS = { ...controls, ...pickers, search };

/** Build one field: `{element, reload}`; `reload` is there for search only. */
export function buildField(setting, id, value, change, ask) {
  const control = BUILDERS[setting.type]({ setting, id, value, change, ask });
  const required = setting.required ? [make("span", { class: "required" }, "required")] : [];
  const tip = setting.help ? [help(setting, `${id}-help`)] : [];
  // The options of a radio group have labels of their own, and their legend names them all.
  const many = setting.type === "radioGroup";
  const label = many ? make("legend", {}, setting.label, " ", ...required) : make("label", { for: id }, setting.label);
  const heading = many ? [label, ...tip] : [make("div", { class: "label" }, label, ...required, ...tip)];
  const attributes = { class: `field ${setting.type}`, "data-setting": setting.name };
  const element = make(many ? "fieldset" : "div", attributes, ...heading, control.element);
  if (setting.help) describe(many ? element : element.querySelector(`[id="${id}"]`), `${id}-help`);
  return { element, reload: control.reload };
}

/** Build a group: a section that folds, with `children` in it. `level` is that of its heading. */
export function buildGroup(setting, id, level, children) {
  const fold = make("button", { type: "button", class: "fold", "aria-expanded": "true", "aria-controls": id }, setting.label);
  const body = make("div", { id, class: "folded" }, ...children);
  fold.addEventListener("click", () => {
    body.hidden = !body.hidden;
    fold.setAttribute("aria-expanded", String(!body.hidden));
  });
  const heading = make("div", { class: "label" }, make(`h${level}`, {}, fold));
  if (setting.help) {
    heading.append(help(setting, `${id}-help`));
    describe(fold, `${id}-help`);
  }
  return make("section", { class: "group", "data-setting": setting.name, "aria-label": setting.label }, heading, body);
}

function help(setting, id) {
  const name = `Help for ${setting.label}`;
  const button = make("button", { type: "button", "aria-label": name, "aria-describedby": id }, "?");
  const tip = make("span", { id, role: "tooltip" }, setting.help);
  const box = make("span", { class: "help" }, button, tip);
  button.addEventListener("keydown", (event) => {
    if (event.key === "Escape") box.classList.add("closed");
  });
  for (const type of ["focus", "pointerenter"]) {
    button.addEventListener(type, () => box.classList.remove("closed"));
  }
  return box;
}

function describe(element, id) {
  const known = element.getAttribute("aria-describedby");
  element.setAttribute("aria-describedby", known ? `${known} ${id}` : id);
}
