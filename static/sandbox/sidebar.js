// One block's form: shows the visible settings and updates the block's values.

import { listen } from "./controls.js";
import { Search } from "./search.js";
import { visibleNames } from "./settings.js";

/**
 * Add the behaviour to a form that the server rendered.
 *
 * `block.values` is updated; `onChange(delay)` is called after each change, and
 * `request(name, text)` returns the options of a search.
 */
export function activate(form, settings, block, { onChange, request }) {
  const elements = new Map([...form.querySelectorAll("[data-setting]")].map((each) => [each.dataset.setting, each]));
  const searches = new Map();

  const showVisible = (changed) => {
    const visible = visibleNames(settings, block.values);
    for (const { name, conditions } of settings) {
      const element = elements.get(name);
      const reloads = element.hidden || conditions.some(({ field }) => field === changed);
      element.hidden = !visible.has(name);
      // A search loads its options when it appears, and when its dependencies change.
      if (reloads && !element.hidden) searches.get(name)?.reload();
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
    searches.set(name, new Search(field, block.values[name], (text) => request(name, text), (value) => change(name, value)));
  }
  showVisible();
}
