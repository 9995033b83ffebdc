// The controls with a picker: colors, fonts and dates.

import { make } from "./api.js";
import { TYPING } from "./controls.js";

const FONTS = [
  "Arial, Helvetica, sans-serif",
  "Charter, 'Bitstream Charter', Cambria, serif",
  "'Courier New', Courier, monospace",
  "Georgia, Times, 'Times New Roman', serif",
  "Helvetica, Arial, sans-serif",
  "'Lucida Sans Unicode', 'Lucida Grande', sans-serif",
  "'Palatino Linotype', Palatino, 'Book Antiqua', serif",
  "Tahoma, Geneva, sans-serif",
  "'Times New Roman', Times, serif",
  "'Trebuchet MS', Helvetica, sans-serif",
  "Verdana, Geneva, sans-serif",
];
const WEIGHTS = [
  ["Regular", 400],
  ["Bold", 700],
];
const TRANSPARENT = "transparent";

export function color({ setting, id, value, change }) {
  const { name, label, required, allow_transparent: canBeTransparent } = setting;
  const hex = make("input", { id, name, required, type: "text", placeholder: "No color", maxlength: 7 });
  const picker = make("input", { type: "color", "aria-label": `Pick: ${label}` });
  const clear = make("button", { type: "button", class: "quiet", "aria-label": `Clear: ${label}` }, "×");
  const none = make("input", { type: "checkbox", name: `${name}.transparent` });
  const wrong = make("p", { class: "wrong", role: "status" });
  const show = (typed) => {
    const good = /^#[0-9a-f]{6}$/i.test(typed);
    if (good) picker.value = typed.toLowerCase();
    clear.hidden = !typed || none.checked;
    // A picker always has a color of its own: without a value it must not look like black.
    picker.classList.toggle("unset", !good || none.checked);
    hex.disabled = picker.disabled = none.checked;
    wrong.textContent =
      good || !typed || none.checked ? "" : "Write a color as # and six digits, like #1F4E5F.";
    if (none.checked) return TRANSPARENT;
    return good ? typed : undefined;
  };
  none.checked = canBeTransparent === true && value === TRANSPARENT;
  hex.value = none.checked ? "" : (value ?? "");
  show(hex.value);
  hex.addEventListener("input", () => change(show(hex.value.trim()), TYPING));
  picker.addEventListener("input", () => {
    hex.value = picker.value.toUpperCase();
    change(show(hex.value), TYPING);
  });
  clear.addEventListener("click", () => {
    hex.value = "";
    change(show(""));
    hex.focus();
  });
  none.addEventListener("change", () => change(show(hex.value.trim())));
  const element = make("div", {}, make("div", { class: "pair" }, picker, hex, clear), wrong);
  if (canBeTransparent) element.append(make("label", { class: "option" }, none, "Transparent"));
  return { element };
}

export function fontFamily({ setting, id, value, change }) {
  const { name, label, required } = setting;
  const family = make("select", { id, name, required }, make("option", { value: "" }, "Font of the email"));
  // The setting can have been of another type when the draft was stored.
  const stored = value?.fontFamily;
  const fonts = new Set(typeof stored === "string" ? [...FONTS, stored] : FONTS);
  const title = (stack) => stack.split(",")[0].replaceAll("'", "");
  family.append(...[...fonts].map((stack) => make("option", { value: stack }, title(stack))));
  const weight = make("select", { name: `${name}.weight`, class: "weight", "aria-label": `Weight: ${label}` });
  weight.append(...WEIGHTS.map(([word, number]) => make("option", { value: number }, word)));
  family.value = stored ?? "";
  weight.value = value?.fontWeight ?? 400;
  const tell = () => {
    weight.disabled = !family.value;
    change(family.value ? { fontFamily: family.value, fontWeight: Number(weight.value) } : undefined);
  };
  weight.disabled = !family.value;
  family.addEventListener("change", tell);
  weight.addEventListener("change", tell);
  return { element: make("div", { class: "pair" }, family, weight) };
}

export function date({ setting, id, value, change }) {
  const { name, required } = setting;
  // Swedes write dates as this input wants them; what is no date leaves it empty.
  const day = value ? new Date(value).toLocaleDateString("sv") : "";
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const hint = make("p", { id: `${id}-zone`, class: "hint" }, `Sent as midnight in ${zone}`);
  const input = make("input", { id, name, required, type: "date", value: day, "aria-describedby": hint.id });
  input.addEventListener("change", () => {
    const [year, month, number] = input.value.split("-").map(Number);
    // Kit sends the creator's own midnight as an instant, so the day in it can be another one.
    change(input.value ? new Date(year, month - 1, number).toISOString() : undefined);
  });
  return { element: make("div", {}, input, hint) };
}
