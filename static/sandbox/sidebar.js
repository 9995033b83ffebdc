// One block's form: shows the settings that are to be seen and keeps the block's values current.

import { listen } from "./controls.js";
import { Search } from "./search.js";
import { visibleNames } from "./settings.js";

/**
 * Bring a form of the server's to life.
 *
 * `block.values` is kept current; `onChange(delay)` is called after each change, and
 * `ask(name, text)` answers the options of a search.
 */
export function enliven(form, settings, block, { onChange, ask }) {
  const elements = new Map([...form.querySelectorAll("[data-setting]")].map((each) => [each.dataset.setting, each]));
  const searches = new Map();

  const showVisible = (changed) => {
    const visible = visibleNames(settings, block.values);
    for (const { name, conditions } of settings) {
      const element = elements.get(name);
      const asks = element.hidden || conditions.some(({ field }) => field === changed);
      element.hidden = !visible.has(name);
      // A search is asked when it appears, not before, and when what it depends on has changed.
      if (asks && !element.hidden) searches.get(name)?.reload();
    }
  };
  const change = (name, value, delay) => {
    if (block.values[name] === value) return;
    block.values[name] = value;
    showVisible(name);
    onChange(delay);
  };

  listen(form, block.values, change);
  for (const [name, field] of elements) {
    field.hidden = true;
    if (field.dataset.type !== "search") continue;
    searches.set(name, new Search(field, block.values[name], (text) => ask(name, text), (value) => change(name, value)));
  }
  showVisible();
}
