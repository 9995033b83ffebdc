// The controls of the sidebar, which the server renders: the value of each, as Kit sends it.

import { $ } from "./api.js";

const TYPING = 500;
const IMMEDIATE = ["checkbox", "radio", "select-one"];

const main = (field) => field.querySelector("[name]");
const showError = (field, text) => (field.querySelector(".wrong").textContent = text);

// By Kit's names of setting types: the value of a field, `undefined` when it is empty or incomplete.
const VALUES = {
  text: (field) => main(field).value || undefined,
  select: (field) => main(field).value || undefined,
  radioGroup: (field) => field.querySelector(":checked")?.value,
  toggle: (field) => main(field).checked,
  date: (field) => midnight(main(field).value),

  textarea(field) {
    const { value, maxLength: limit } = main(field);
    if (limit > 0) {
      field.querySelector(".count").textContent = `${value.length} of ${limit} characters`;
      // Screen readers would announce a count at each key: only the limit is announced.
      const full = value.length >= limit ? `The limit of ${limit} characters is reached.` : "";
      field.querySelector("[role=status]").textContent = full;
    }
    return value || undefined;
  },

  slider(field) {
    const shown = field.querySelector("output");
    shown.textContent = main(field).value + shown.dataset.suffix;
    main(field).ariaValueText = shown.textContent;
    return Number(main(field).value);
  },

  numericalInput(field) {
    const { value, validity, min, max } = main(field);
    const range = min && max ? `from ${min} to ${max}` : min ? `from ${min}` : `up to ${max}`;
    const outside = validity.rangeUnderflow || validity.rangeOverflow;
    showError(field, validity.badInput ? "Write a number." : outside ? `Write a number ${range}.` : "");
    // Kit sends numbers of this type as they were typed, as text.
    return outside ? undefined : value || undefined;
  },

  color(field) {
    const [picker, hex, none] = field.querySelectorAll("input");
    const [typed, off] = [hex.value.trim(), none?.checked ?? false];
    const good = /^#[0-9a-f]{6}$/i.test(typed);
    if (good) picker.value = typed.toLowerCase();
    field.querySelector("[data-clear]").hidden = !typed || off;
    // A color input always has a value: without a color it must not look black.
    picker.classList.toggle("unset", !good || off);
    hex.disabled = picker.disabled = off;
    showError(field, good || !typed || off ? "" : "Write a color as # and six digits, like #1F4E5F.");
    if (off) return "transparent";
    return good ? typed : undefined;
  },

  fontFamily(field) {
    const [family, weight] = field.querySelectorAll("select");
    weight.disabled = !family.value;
    return family.value ? { fontFamily: family.value, fontWeight: Number(weight.value) } : undefined;
  },
};

/** Show the stored values that need a script, and call `change(name, value, delay)` for new ones. */
export function listen(form, values, change) {
  for (const field of form.querySelectorAll("[data-type]")) {
    const { type, setting } = field.dataset;
    if (type === "date") showDay(field, values[setting]);
    else VALUES[type]?.(field);
  }
  const notify = (field, delay) => change(field.dataset.setting, VALUES[field.dataset.type](field), delay);
  form.addEventListener("input", ({ target }) => {
    const field = target.closest("[data-type]");
    if (target.matches("[data-zone]")) return chooseZone(target.value);
    if (!VALUES[field?.dataset.type]) return;
    if (target.type === "color") main(field).value = target.value.toUpperCase();
    notify(field, IMMEDIATE.includes(target.type) ? 0 : TYPING);
  });
  form.addEventListener("click", ({ target }) => {
    if (!target.matches("[data-clear]")) return;
    const field = target.closest("[data-type]");
    main(field).value = "";
    notify(field, 0);
    main(field).focus();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
}

// The creator's time zone: the browser's own, or another that is chosen as a test.
const OWN = Intl.DateTimeFormat().resolvedOptions().timeZone;
const zone = () => $("zone").value || OWN;
const inZone = (instant) => new Date(instant).toLocaleString("sv", { timeZone: zone() });

function chooseZone(name) {
  $("zone").value = name === OWN ? "" : name;
  for (const select of document.querySelectorAll("[data-zone]")) {
    select.value = name;
    main(select.closest("[data-type]")).dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function showDay(field, value) {
  const select = field.querySelector("[data-zone]");
  if (![...select.options].some(({ text }) => text === OWN)) select.prepend(new Option(OWN));
  select.value = zone();
  // The Swedish date format is that of this input; an invalid date leaves it empty.
  if (value) main(field).value = inZone(value).slice(0, 10);
}

// Kit sends the creator's own midnight as an instant, so the day in it can be another one.
function midnight(day) {
  if (!day) return undefined;
  const start = Date.parse(`${day}T00:00Z`);
  let instant = start;
  // Twice, because the clocks may change between the first guess and the right instant.
  for (let guess = 0; guess < 2; guess += 1) instant += start - Date.parse(`${inZone(instant).replace(" ", "T")}Z`);
  return new Date(instant).toISOString();
}
