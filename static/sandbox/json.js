// The settings JSON of the selected block's plugin: what is typed is checked, and in effect at once.

import { $, call } from "./api.js";

const TYPING = 300;
const form = $("json");
const text = $("json-text");
let [plugin, timer, requests] = [undefined, undefined, 0];
let onChange;

const path = () => `/editor/plugins/${plugin}/settings-json`;
const report = (sentence) => ($("json-state").textContent = sentence);

/** Start the panel; `changed(pluginId, settings, version)` is called with the outline that is in effect. */
export function startJson(changed) {
  onChange = changed;
  text.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(sendText, TYPING);
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await sendText()) await send("POST", "/save");
  });
  $("json-undo").addEventListener("click", () => {
    timer = clearTimeout(timer);
    send("POST", "/undo");
  });
  $("json-findings").addEventListener("click", ({ target }) => {
    const { line, column } = target.dataset;
    if (line) goTo(Number(line), Number(column));
  });
}

/** Show the settings JSON of a plugin; `undefined` shows that there is none. */
export async function showJson(id) {
  if (id === plugin) return;
  if (timer) sendText(); // what was typed in the last moment
  plugin = id;
  form.hidden = id === undefined;
  $("no-json").hidden = !form.hidden;
  if (id !== undefined) await send("GET", "");
}

function sendText() {
  timer = clearTimeout(timer);
  return send("PUT", "", { text: text.value });
}

async function send(method, endpoint, body) {
  const [number, id] = [++requests, plugin];
  let state;
  try {
    state = await call(method, path() + endpoint, body);
  } catch (error) {
    report(error.message);
    return false;
  }
  if (number !== requests || id !== plugin) return true; // overtaken by a later one
  if (state.text !== undefined && state.text !== text.value) text.value = state.text;
  $("json-where").textContent = state.where;
  $("json-findings").innerHTML = state.html;
  form.querySelector("[type=submit]").disabled = !state.is_edited || state.has_errors;
  $("json-undo").disabled = !state.can_undo;
  const inEffect = state.has_errors ? "Not in effect: it has errors." : "Not saved.";
  report(state.is_edited ? inEffect : { "/save": "Saved.", "/undo": "Restored." }[endpoint] ?? "");
  if (method !== "GET" && !state.has_errors) onChange(id, state.settings, endpoint ? state.version : undefined);
  return true;
}

/** Put the cursor at a line and a column, both from 1. */
function goTo(line, column) {
  const start = text.value.split("\n").slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  text.focus();
  text.setSelectionRange(start + column - 1, start + column);
}
