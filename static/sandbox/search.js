// A search setting: one choice shown in the input, or with multiselect several above it.

import { make } from "./api.js";
import { Combobox } from "./combobox.js";

const GONE = "What was chosen here is not available any more. Choose something else.";

export function search({ setting, id, value, change, ask }) {
  const { name, placeholder, required, multiselect } = setting;
  const given = { id, name, placeholder, required, value, search: ask, onChange: change };
  const box = multiselect ? new Several(given) : new One(given);
  box.reload();
  return { element: box.element, reload: () => box.reload() };
}

class One extends Combobox {
  constructor({ value, onChange, ...given }) {
    super(given);
    this.value = value;
    this.onChange = onChange;
    this.clear = make("button", { type: "button", class: "clear", "aria-label": "Clear the choice" }, "×");
    this.clear.addEventListener("click", () => {
      this.pick(undefined);
      this.input.focus();
    });
    this.input.after(this.clear);
    this.element = make("div", {}, this.box, this.wrong);
  }

  /** Ask for the first options again, or for the label of the stored value. */
  async reload() {
    this.clear.hidden = this.value === undefined;
    const counts = await this.load(this.value ?? "");
    if (!counts || this.value === undefined || this.listed !== this.value) return;
    const found = this.options.find((option) => this.isChosen(option));
    this.text = found?.label ?? "";
    this.input.value = this.text;
    if (!found && !this.wrong.textContent) this.wrong.textContent = GONE;
  }

  isChosen(option) {
    return option.value === this.value;
  }

  pick(option) {
    this.value = option?.value;
    this.text = option?.label ?? "";
    this.clear.hidden = option === undefined;
    this.settle();
    this.close();
    this.onChange(this.value);
  }

  leave(typed) {
    const emptied = typed && !this.input.value.trim() && this.value !== undefined;
    if (emptied) this.pick(undefined);
    else if (typed && this.value !== undefined && !this.text) this.reload();
  }
}

class Several extends Combobox {
  constructor({ value, onChange, ...given }) {
    super({ ...given, many: true });
    // A draft can be older than `multiselect`: then it holds one string.
    this.chosen = [value ?? []].flat().map((each) => ({ value: each, label: each }));
    this.onChange = onChange;
    this.chips = make("ul", { class: "chips", "aria-label": "Chosen" });
    this.told = make("p", { class: "unseen", role: "status" });
    this.input.addEventListener("keydown", ({ key }) => {
      if (key === "Backspace" && !this.input.value && this.chosen.length) this.#drop(this.chosen.at(-1));
    });
    this.element = make("div", {}, this.chips, this.box, this.wrong, this.told);
  }

  /** Ask for the first options again, or for the labels of all stored values at once. */
  async reload() {
    this.#draw();
    const values = this.chosen.map(({ value }) => value);
    const counts = await this.load(values.length ? values : "");
    if (!counts || !values.length) return;
    const labels = new Map(this.options.map(({ value, label }) => [value, label]));
    for (const each of this.chosen) each.label = labels.get(each.value) ?? each.label;
    this.#draw();
    const gone = values.some((value) => !labels.has(value));
    if (gone && !this.wrong.textContent) this.wrong.textContent = GONE;
  }

  isChosen(option) {
    return this.chosen.some(({ value }) => value === option.value);
  }

  pick(option) {
    if (this.isChosen(option)) this.chosen = this.chosen.filter(({ value }) => value !== option.value);
    else this.chosen.push(option);
    this.#changed(`${option.label} ${this.isChosen(option) ? "chosen" : "removed"}`);
    // What was typed is gone, so the list must not stay narrowed to it.
    if (this.listed !== "") this.load("");
  }

  leave() {}

  #drop(option) {
    const at = this.chosen.indexOf(option);
    this.chosen.splice(at, 1);
    this.#changed(`${option.label} removed`);
    // The button that had the focus is gone: its neighbour gets it, the input when there is none.
    (this.chips.querySelectorAll("button")[Math.min(at, this.chosen.length - 1)] ?? this.input).focus();
  }

  #changed(what) {
    this.settle();
    this.#draw();
    this.told.textContent = `${what}, ${this.chosen.length} in all.`;
    const values = this.chosen.map(({ value }) => value);
    this.onChange(values.length ? values : undefined);
  }

  #draw() {
    this.chips.replaceChildren(...this.chosen.map((option) => this.#chip(option)));
    // An empty list would be announced as one.
    this.chips.hidden = !this.chosen.length;
  }

  #chip(option) {
    const button = make("button", { type: "button", "aria-label": `Remove ${option.label}` }, "×");
    button.addEventListener("click", () => this.#drop(option));
    return make("li", {}, make("span", { dir: "auto" }, option.label), button);
  }
}
