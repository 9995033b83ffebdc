// What the settings JSON means for a block's values: what is shown, sent and still missing.

/** The settings that have a value of their own: those of a group stand in its place. */
export function leaves(settings) {
  return settings.flatMap((setting) => (setting.type === "group" ? leaves(setting.settings) : [setting]));
}

/** The dependencies of a setting in one form: `{field}` for any value, or `{field, value}`. */
export function conditions(setting) {
  return (setting.dependencies ?? []).map((each) => (typeof each === "string" ? { field: each } : each));
}

/** The settings and groups that the creator sees with these values, as a set. */
export function visibleSettings(settings, values) {
  const homes = new Map();
  const note = (list, group) => {
    for (const setting of list) {
      homes.set(setting.name, { setting, group });
      if (setting.type === "group") note(setting.settings, setting);
    }
  };
  note(settings, null);

  // `waiting` holds what is being decided: settings that wait for each other never appear.
  const shown = (name, waiting) => {
    if (waiting.includes(name) || !homes.has(name)) return false;
    const { setting, group } = homes.get(name);
    const deciding = [...waiting, name];
    return (!group || shown(group.name, deciding)) && conditions(setting).every((each) => met(each, deciding));
  };
  const met = (condition, deciding) => {
    // A hidden setting keeps what was entered, but it counts as empty.
    const value = shown(condition.field, deciding) ? values[condition.field] : undefined;
    const circular = deciding.includes(condition.field);
    if (!("value" in condition)) return isFilled(value);
    if (condition.value === null) return !circular && !isFilled(value);
    return value === condition.value;
  };
  return new Set([...homes.values()].map(({ setting }) => setting).filter(({ name }) => shown(name, [])));
}

// A toggle that is off has a value, but nothing can wait for it.
function isFilled(value) {
  return value !== undefined && value !== false;
}

/** What a request carries: visible settings with a value, and stored ones that are unknown now. */
export function sentValues(settings, values) {
  const visible = new Set([...visibleSettings(settings, values)].map(({ name }) => name));
  const known = new Set(leaves(settings).map(({ name }) => name));
  const sent = ([name, value]) => value !== undefined && (visible.has(name) || !known.has(name));
  return Object.fromEntries(Object.entries(values).filter(sent));
}

/** The visible required settings that have no value yet. */
export function missingSettings(settings, values) {
  const visible = visibleSettings(settings, values);
  return leaves(settings).filter(
    (setting) => setting.required && visible.has(setting) && values[setting.name] === undefined,
  );
}
