// A search setting: an editable combobox with one choice in it, or with several chips above it.
// Source: https://www.w3.org/WAI/ARIA/apg/patterns/combobox/

import { make } from "./api.js";

const DEBOUNCE = 300;
// In px: of a list at most, and from the input.
const [TALLEST, GAP] = [288, 4];
const PARTS = {
  input: "[role=combobox]",
  popup: ".popup",
  list: "[role=listbox]",
  status: ".popup p",
  wrong: ".wrong",
  chips: ".chips",
  clear: ".clear",
  announcement: ".unseen",
};
const GONE = "What was chosen here is not available any more. Choose something else.";

export class Search {
  /**
   * `field` is the server's element and `value` the stored value. `request(text)` returns
   * `{options: [{label, value}], errors: []}`; `change(value)` is called for each new choice.
   */
  constructor(field, value, request, change) {
    Object.assign(this, { request, change, options: [], active: -1, requests: 0 });
    for (const [name, selector] of Object.entries(PARTS)) this[name] = field.querySelector(selector);
    this.many = !this.clear;
    // A draft can be older than `multiselect`, or than the type of the setting.
    const stored = [value ?? []].flat().filter((each) => typeof each === "string");
    this.chosen = stored.map((each) => ({ value: each, label: this.many ? each : "" }));
    this.#listen();
    this.#draw();
  }

  /** Request the first options again, or the labels of the chosen values, all at once. */
  async reload() {
    const values = this.chosen.map(({ value }) => value);
    const text = this.many && values.length ? values : (values[0] ?? "");
    if (!(await this.#load(text)) || !values.length) return;
    const labels = new Map(this.options.map(({ value, label }) => [value, label]));
    for (const each of this.chosen) each.label = labels.get(each.value) ?? each.label;
    this.#draw();
    if (values.some((value) => !labels.has(value))) this.wrong.textContent ||= GONE;
  }

  get #text() {
    return this.many ? "" : (this.chosen[0]?.label ?? "");
  }

  /** Request the options of a text; return whether the response is current. */
  async #load(text) {
    const number = ++this.requests;
    const response = await this.request(text).catch((error) => ({ options: [], errors: [error.message] }));
    // Responses can overtake each other: only that to the last request counts.
    if (number !== this.requests) return false;
    this.listed = text;
    this.options = response.options;
    this.wrong.textContent = response.errors.join(" ");
    this.#activate(-1);
    this.list.replaceChildren(...this.options.map(({ label }, at) =>
      make("li", { id: `${this.list.id}-${at}`, role: "option", dir: "auto" }, label)));
    this.#mark();
    this.status.textContent = this.options.length ? "" : "Nothing found.";
    return true;
  }

  #isChosen(option) {
    return this.chosen.some(({ value }) => value === option.value);
  }

  /** Choose an option, or none; with several choices, choosing one again removes it. */
  #pick(option) {
    const others = this.many ? this.chosen.filter(({ value }) => value !== option.value) : [];
    const taken = option && (!this.many || !this.#isChosen(option));
    this.chosen = taken ? [...others, option] : others;
    if (!this.many) this.#open(false);
    this.#changed(`${option?.label} ${taken ? "chosen" : "removed"}`);
    // The typed text is gone, so the list must not stay narrowed to it.
    if (this.many && this.listed !== "") this.#load("");
  }

  #drop(at) {
    const [{ label }] = this.chosen.splice(at, 1);
    this.#changed(`${label} removed`);
    // The button that had the focus is gone: its neighbour gets it, the input when there is none.
    (this.chips.querySelectorAll("button")[Math.min(at, this.chosen.length - 1)] ?? this.input).focus();
  }

  #changed(what) {
    // The typed text no longer counts, nor a response on its way.
    this.requests += 1;
    clearTimeout(this.timer);
    this.typed = false;
    this.wrong.textContent = "";
    this.#draw();
    const values = this.chosen.map(({ value }) => value);
    if (this.many) this.announcement.textContent = `${what}, ${values.length} in all.`;
    this.change(this.many && values.length ? values : values[0]);
  }

  #draw() {
    this.input.value = this.#text;
    if (this.clear) this.clear.hidden = !this.chosen.length;
    else this.chips.replaceChildren(...this.chosen.map((option, at) => this.#chip(option, at)));
    // An empty list would be announced as one.
    this.chips.hidden = !this.chips.children.length;
    this.#mark();
  }

  #chip({ label }, at) {
    const button = make("button", { type: "button", "aria-label": `Remove ${label}` }, "×");
    button.addEventListener("click", () => this.#drop(at));
    return make("li", {}, make("span", { dir: "auto" }, label), button);
  }

  #mark() {
    for (const [at, item] of [...this.list.children].entries()) item.ariaSelected = this.#isChosen(this.options[at]);
  }

  get #isOpen() {
    return this.popup.matches(":popover-open");
  }

  #open(open = true) {
    if (open !== this.#isOpen) this.popup.togglePopover(open);
    this.input.ariaExpanded = open;
    for (const type of ["scroll", "resize"]) (open ? addEventListener : removeEventListener)(type, this.place, true);
    if (open) this.place();
    else this.#activate(-1);
  }

  /** Put the list below or above the input, where there is room in the window. */
  place = () => {
    const { left, top, bottom, width } = this.input.getBoundingClientRect();
    const below = innerHeight - bottom;
    const isUp = below < TALLEST && top > below;
    const inset = isUp ? `auto auto ${innerHeight - top + GAP}px` : `${bottom + GAP}px auto auto`;
    const maxHeight = `${Math.min(TALLEST, (isUp ? top : below) - 2 * GAP)}px`;
    Object.assign(this.popup.style, { inset: `${inset} ${left}px`, width: `${width}px`, maxHeight });
  };

  #show() {
    // After a look-up of stored values the list holds those only.
    if (this.listed !== "" && this.input.value === this.#text) this.#load("");
    this.#open();
  }

  #activate(index) {
    this.active = index;
    for (const [at, item] of [...this.list.children].entries()) item.classList.toggle("active", at === index);
    const item = this.list.children[index];
    item?.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", item?.id ?? "");
  }

  #listen() {
    const { input } = this;
    input.addEventListener("click", () => this.#show());
    input.addEventListener("input", () => {
      // A response still on its way must not overwrite what is being typed.
      this.requests += 1;
      clearTimeout(this.timer);
      this.typed = true;
      this.timer = setTimeout(() => this.#load(input.value.trim()), DEBOUNCE);
      this.#open();
    });
    input.addEventListener("keydown", (event) => {
      if (this.#key(event.key)) event.preventDefault();
    });
    input.addEventListener("blur", () => {
      clearTimeout(this.timer);
      const emptied = !input.value.trim();
      const counts = this.typed && !this.many && this.chosen.length;
      this.typed = false;
      input.value = this.#text;
      this.#open(false);
      if (counts && emptied) this.#pick();
      else if (counts && !this.#text) this.reload();
    });
    // The input must keep the focus, or its blur would close the list under the pointer.
    this.popup.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", ({ target }) => {
      const index = [...this.list.children].indexOf(target.closest("li"));
      if (index >= 0) this.#pick(this.options[index]);
    });
    this.clear?.addEventListener("click", () => this.#drop(0));
  }

  /** Handle a key; return whether it was handled. */
  #key(key) {
    const open = this.#isOpen;
    const count = this.options.length;
    if (key === "ArrowDown" || key === "ArrowUp") {
      if (!open) this.#show();
      const from = this.active < 0 && key === "ArrowUp" ? 0 : this.active;
      if (count) this.#activate((from + (key === "ArrowDown" ? 1 : -1) + count) % count);
    } else if (key === "Enter" && open && this.active >= 0) {
      this.#pick(this.options[this.active]);
    } else if (key === "Escape" && open) {
      this.input.value = this.#text;
      this.#open(false);
    } else if (key === "Backspace" && this.many && !this.input.value && this.chosen.length) {
      this.#drop(this.chosen.length - 1);
      this.input.focus();
    } else {
      return false;
    }
    return true;
  }
}
