// Saves a block's settings as an example, shares them, and leads to all of its examples.

import { $, call, copyText, make } from "./api.js";

// A change of the files reloads the page within a moment; what was said is said again then.
const MOMENT = 4000;

/** `current()` returns `{pluginId, settings, form}` of the selected block. */
export function startKeep(current) {
  const name = $("keep-name");
  let confirming;
  const say = (text) => ($("kept").textContent = text);
  say(sessionStorage.kept ?? "");
  delete sessionStorage.kept;

  $("all-examples").addEventListener("click", ({ currentTarget }) => (currentTarget.href = `/contact-sheet/${current().pluginId}`));
  $("share-link").addEventListener("click", ({ currentTarget }) => copyText(location.href, currentTarget));
  $("share-file").addEventListener("click", ({ currentTarget }) => {
    const { pluginId, settings } = current();
    currentTarget.href = `/preview/${pluginId}/views.html?${new URLSearchParams({ settings: JSON.stringify(settings) })}`;
  });
  $("keep").addEventListener("submit", async (event) => {
    event.preventDefault();
    const { pluginId, settings, form } = current();
    const replace = confirming === name.value;
    confirming = null;
    let saved;
    try {
      saved = await call("POST", `/examples/${pluginId}`, { name: name.value, settings, replace });
    } catch ({ message }) {
      return say(message);
    }
    if (saved.exists) {
      confirming = name.value;
      return say(`There is an example ${saved.exists}. Save again to replace it.`);
    }
    say(`Saved as ${saved.file}.`);
    sessionStorage.kept = $("kept").textContent;
    setTimeout(() => delete sessionStorage.kept, MOMENT);
    name.value = "";
    const menu = form.querySelector("[data-examples]");
    if (menu && ![...menu.options].some(({ value }) => value === saved.name)) menu.options[0].after(make("option", { value: saved.name }, saved.title));
    return undefined;
  });
}
