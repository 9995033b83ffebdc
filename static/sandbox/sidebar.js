// The settings of one block, as fields in the order of its settings JSON.

import { buildField, buildGroup } from "./fields.js";
import { conditions, visibleSettings } from "./settings.js";

// The block's own name is the heading above its groups.
const FIRST_LEVEL = 3;

/**
 * Draw the fields of a block into `root`.
 *
 * `block.values` is kept current; `onChange(delay)` is called after each change, and
 * `ask(setting, text)` answers the options of a search.
 */
export function drawSidebar(root, settings, block, { onChange, ask }) {
  const elements = new Map();
  const reloads = new Map();

  const showVisible = () => {
    const visible = visibleSettings(settings, block.values);
    for (const [setting, element] of elements) {
      const appears = element.hidden && visible.has(setting);
      element.hidden = !visible.has(setting);
      // A search is asked when it appears, not before: it needs its dependencies.
      if (appears) reloads.get(setting)?.();
    }
  };
  const reloadDependents = (name) => {
    for (const [other, reload] of reloads) {
      const depends = conditions(other).some(({ field }) => field === name);
      if (depends && !elements.get(other).hidden) reload();
    }
  };
  const build = (setting, level) => {
    const id = `block-${block.id}-${setting.name}`;
    const element = setting.type === "group" ? group(setting, id, level) : field(setting, id);
    elements.set(setting, element);
    return element;
  };
  const group = (setting, id, level) =>
    buildGroup(setting, id, level, setting.settings.map((child) => build(child, Math.min(level + 1, 6))));
  const field = (setting, id) => {
    const change = (value, delay) => {
      block.values[setting.name] = value;
      reloadDependents(setting.name);
      showVisible();
      onChange(delay);
    };
    const built = buildField(setting, id, block.values[setting.name], change, (text) => ask(setting, text));
    if (built.reload) reloads.set(setting, built.reload);
    return built.element;
  };

  const drawn = settings.map((setting) => build(setting, FIRST_LEVEL));
  showVisible();
  root.replaceChildren(...drawn);
}
