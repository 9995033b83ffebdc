// An editable combobox with a list of options that are asked for, after the ARIA 1.2 pattern.
// Source: https://www.w3.org/WAI/ARIA/apg/patterns/combobox/

import { make } from "./api.js";

const DEBOUNCE = 300;

/**
 * The input and its list. A subclass says what a choice means: `isChosen(option)`, `pick(option)`,
 * `leave(typed)` when the focus goes away, and `text`, what the input shows at rest.
 *
 * `search(text)` answers `{options: [{label, value}], errors: []}`.
 */
export class Combobox {
  constructor({ id, name, placeholder, required, search, many = false }) {
    this.id = id;
    this.search = search;
    this.text = "";
    this.options = [];
    this.active = -1;
    this.asked = 0;
    this.listed = null;
    this.typed = false;
    this.input = make("input", {
      id,
      name,
      placeholder,
      required,
      type: "text",
      role: "combobox",
      autocomplete: "off",
      spellcheck: "false",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": `${id}-list`,
    });
    this.list = make("ul", { id: `${id}-list`, role: "listbox", "aria-label": "Options", "aria-multiselectable": many && "true" });
    this.status = make("p", { role: "status" });
    this.popup = make("div", { class: "popup", hidden: true }, this.list, this.status);
    this.wrong = make("p", { class: "wrong", role: "status" });
    this.box = make("div", { class: "combobox" }, this.input, this.popup);
    this.#listen();
  }

  /** Ask for the options of a text (or for those of stored values); tell whether the answer counts. */
  async load(text) {
    const turn = ++this.asked;
    this.input.setAttribute("aria-busy", "true");
    let answer;
    try {
      answer = await this.search(text);
    } catch (error) {
      answer = { options: [], errors: [error.message] };
    }
    // Answers can overtake each other: only the one to the last question counts.
    if (turn !== this.asked) return false;
    this.input.removeAttribute("aria-busy");
    this.listed = text;
    this.options = answer.options;
    this.wrong.textContent = answer.errors.join(" ");
    this.#draw();
    return true;
  }

  /** Forget questions and answers on their way: the choice has been made. */
  settle() {
    this.asked += 1;
    clearTimeout(this.timer);
    this.input.removeAttribute("aria-busy");
    this.typed = false;
    this.wrong.textContent = "";
    this.input.value = this.text;
    this.mark();
  }

  /** Mark the chosen options in the list. */
  mark() {
    for (const [at, item] of [...this.list.children].entries()) {
      item.setAttribute("aria-selected", String(this.isChosen(this.options[at])));
    }
  }

  close() {
    this.popup.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
    this.active = -1;
  }

  #draw() {
    this.active = -1;
    this.input.removeAttribute("aria-activedescendant");
    const item = ({ label }, index) =>
      make("li", { id: `${this.id}-option-${index}`, role: "option", dir: "auto" }, label);
    this.list.replaceChildren(...this.options.map(item));
    this.mark();
    this.status.textContent = this.options.length ? "" : "Nothing found.";
    this.status.hidden = this.options.length > 0;
  }

  #open() {
    // After stored values were looked up, the list holds those options only.
    if (this.listed !== "" && this.input.value === this.text) this.load("");
    this.popup.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
  }

  #move(index) {
    if (!this.options.length) return;
    this.active = (index + this.options.length) % this.options.length;
    for (const [at, item] of [...this.list.children].entries()) {
      item.classList.toggle("active", at === this.active);
    }
    const item = this.list.children[this.active];
    item.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", item.id);
  }

  #listen() {
    this.input.addEventListener("click", () => this.#open());
    this.input.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.typed = true;
      // An answer still on its way must not write over what is being typed.
      this.asked += 1;
      this.timer = setTimeout(() => this.load(this.input.value.trim()), DEBOUNCE);
      this.popup.hidden = false;
      this.input.setAttribute("aria-expanded", "true");
    });
    this.input.addEventListener("keydown", (event) => this.#key(event));
    this.input.addEventListener("blur", () => {
      clearTimeout(this.timer);
      this.leave(this.typed);
      this.typed = false;
      this.input.value = this.text;
      this.close();
    });
    // The input must keep the focus, or its blur would close the list under the pointer.
    this.popup.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const index = [...this.list.children].indexOf(event.target.closest("li"));
      if (index >= 0) this.pick(this.options[index]);
    });
  }

  #key(event) {
    const open = !this.popup.hidden;
    const { key } = event;
    if (key === "ArrowDown" || key === "ArrowUp") {
      if (!open) this.#open();
      const from = this.active < 0 && key === "ArrowUp" ? 0 : this.active;
      this.#move(from + (key === "ArrowDown" ? 1 : -1));
    } else if (key === "Enter" && open && this.active >= 0) {
      this.pick(this.options[this.active]);
    } else if (key === "Escape" && open) {
      this.input.value = this.text;
      this.close();
    } else {
      return;
    }
    event.preventDefault();
  }
}
