// Evaluates the settings JSON for a block's values: which are shown, sent and still missing.
// `settings` is the server's outline of it: groups and settings in one list.

// A toggle that is off has a value, but nothing can wait for it.
const isFilled = (value) => value !== undefined && value !== false;

/** The names of the settings and groups that the creator sees with these values, as a set. */
export function visibleNames(settings, values) {
  const known = new Map(settings.map((setting) => [setting.name, setting]));
  // `waiting` holds what is being decided: settings that wait for each other never appear.
  const shown = (name, waiting) => {
    if (waiting.includes(name) || !known.has(name)) return false;
    const { group, conditions } = known.get(name);
    const deciding = [...waiting, name];
    return (!group || shown(group, deciding)) && conditions.every((each) => met(each, deciding));
  };
  const met = ({ field, ...condition }, deciding) => {
    // A hidden setting retains its value, but it counts as empty.
    const value = shown(field, deciding) ? values[field] : undefined;
    if (!("value" in condition)) return isFilled(value);
    if (condition.value === null) return !deciding.includes(field) && !isFilled(value);
    return value === condition.value;
  };
  return new Set([...known.keys()].filter((name) => shown(name, [])));
}

/** The values to send: visible settings with a value, and stored ones that are unknown now. */
export function sentValues(settings, values) {
  const visible = visibleNames(settings, values);
  const known = new Set(settings.map(({ name, holds }) => holds && name));
  const sent = ([name, value]) => value !== undefined && (visible.has(name) || !known.has(name));
  return Object.fromEntries(Object.entries(values).filter(sent));
}

/** The labels of the visible required settings that have no value yet. */
export function missingLabels(settings, values) {
  const visible = visibleNames(settings, values);
  return settings
    .filter(({ name, required }) => required && visible.has(name) && values[name] === undefined)
    .map(({ label }) => label);
}
