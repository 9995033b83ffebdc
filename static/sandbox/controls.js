// The controls that are one native element each, under Kit's own type words.

import { make } from "./api.js";

/** Milliseconds without a keystroke after which what was typed counts. */
export const TYPING = 500;

export function text({ setting, id, value, change }) {
  const { name, placeholder, required } = setting;
  const input = make("input", { id, name, placeholder, required, type: "text", value: value ?? "" });
  input.addEventListener("input", () => change(input.value || undefined, TYPING));
  return { element: input };
}

export function textarea({ setting, id, value, change }) {
  const { name, placeholder, required, max_length: limit } = setting;
  const attributes = { id, name, placeholder, required, rows: 4, maxlength: limit ?? undefined };
  const input = make("textarea", attributes);
  input.value = value ?? "";
  const count = make("p", { id: `${id}-count`, class: "hint count" });
  const full = make("p", { class: "unseen", role: "status" });
  const show = () => {
    count.textContent = `${input.value.length} of ${limit} characters`;
    // Counting aloud at each key would drown what is being typed.
    full.textContent = input.value.length >= limit ? `The limit of ${limit} characters is reached.` : "";
  };
  input.addEventListener("input", () => {
    if (limit) show();
    change(input.value || undefined, TYPING);
  });
  if (!limit) return { element: input };
  input.setAttribute("aria-describedby", count.id);
  show();
  return { element: make("div", {}, input, count, full) };
}

export function select({ setting, id, value, change }) {
  const { name, placeholder, required } = setting;
  const options = [{ label: placeholder ?? "", value: "" }, ...setting.options];
  const input = make("select", { id, name, required });
  input.append(...options.map((option) => make("option", { value: option.value }, option.label)));
  input.value = value ?? "";
  // A stored value whose option is gone shows as the empty choice; it is sent until one is chosen.
  if (input.selectedIndex < 0) input.value = "";
  input.addEventListener("change", () => change(input.value || undefined));
  return { element: input };
}

export function radioGroup({ setting, id, value, change }) {
  const choices = setting.options.map((option, index) => {
    const input = make("input", {
      id: `${id}-${index}`,
      type: "radio",
      name: id,
      value: option.value,
      required: setting.required,
      checked: option.value === value,
    });
    input.addEventListener("change", () => change(option.value));
    return make("label", {}, input, make("span", {}, option.label));
  });
  return { element: make("div", { class: "choices" }, ...choices) };
}

export function toggle({ setting, id, value, change }) {
  const checked = value === true;
  const input = make("input", { id, name: setting.name, type: "checkbox", role: "switch", checked });
  input.addEventListener("change", () => change(input.checked));
  return { element: input };
}

export function slider({ setting, id, value, change }) {
  const { name, min, max, step, suffix = "" } = setting;
  const input = make("input", { id, name, type: "range", min, max, step });
  input.value = value ?? setting.default;
  const shown = make("output", { for: id });
  const show = () => {
    shown.textContent = `${input.value}${suffix}`;
    input.setAttribute("aria-valuetext", shown.textContent);
  };
  show();
  input.addEventListener("input", () => {
    show();
    change(Number(input.value), TYPING);
  });
  return { element: make("div", { class: "track" }, input, shown) };
}

export function numericalInput({ setting, id, value, change }) {
  const { name, min, max, required, prepend, append } = setting;
  const unit = make("span", { id: `${id}-unit`, class: "unit" }, prepend ?? append);
  const wrong = make("p", { class: "wrong", role: "status" });
  const input = make("input", {
    id,
    name,
    required,
    min,
    max,
    step: "any",
    type: "number",
    value: value ?? "",
    "aria-describedby": unit.id,
  });
  input.addEventListener("input", () => {
    const { badInput, rangeUnderflow, rangeOverflow } = input.validity;
    const outside = rangeUnderflow || rangeOverflow;
    wrong.textContent = badInput ? "Write a number." : outside ? rangeText(min, max) : "";
    // Kit sends numbers of this type as they were typed, as text.
    change(input.value && !badInput && !outside ? input.value : undefined, TYPING);
  });
  const parts = prepend ? [unit, input] : [input, unit];
  return { element: make("div", {}, make("div", { class: "with-unit" }, ...parts), wrong) };
}

function rangeText(min, max) {
  if (min === undefined) return `Write a number that is not more than ${max}.`;
  if (max === undefined) return `Write a number that is not less than ${min}.`;
  return `Write a number from ${min} to ${max}.`;
}
