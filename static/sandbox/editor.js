// The editor: keeps the blocks of one draft, asks for their HTML and shows their settings.

import { call, make } from "./api.js";
import { Frames } from "./frames.js";
import { showPanels } from "./panels.js";
import { missingSettings, sentValues, visibleSettings } from "./settings.js";
import { drawSidebar } from "./sidebar.js";

const $ = (id) => document.getElementById(id);
const given = JSON.parse($("editor-data").textContent);
const plugins = new Map(given.plugins.map((plugin) => [plugin.id, plugin]));
const blocks = new Map();
const canvas = $("canvas");
const frames = new Frames(
  ["desktop", "mobile"].map((view) => document.querySelector(`iframe[data-view="${view}"]`)),
  (id) => select(id),
);
let draft = given.draft ? Promise.resolve(given.draft) : null;
let selected = null;
let inserting = 0;
let renders = 0;

/** The draft's id; a new email becomes a draft with the first call. */
function draftId() {
  draft ??= call("POST", "/drafts", { subject: $("subject").value }).then(({ id }) => {
    history.replaceState(null, "", `/editor/${id}`);
    return id;
  });
  return draft;
}

async function blockPath(block) {
  return `/editor/${await draftId()}/blocks/${block.id}`;
}

const settingsOf = (block) => plugins.get(block.pluginId)?.settings ?? [];
const valuesOf = (block) => sentValues(settingsOf(block), block.values);
const missingOf = (block) => missingSettings(settingsOf(block), block.values);

/** Note a change; after `delay` the draft is saved, with new HTML when nothing is missing. */
function schedule(block, delay = 0) {
  block.dirty = true;
  setStatus(block, missingOf(block).length ? "incomplete" : "loading");
  clearTimeout(block.timer);
  block.timer = setTimeout(() => run(block), delay);
}

/** Save or render until nothing has changed in the meantime: one request at a time for a block. */
async function run(block) {
  if (block.running) return;
  block.running = true;
  while (block.dirty && blocks.has(block.id)) {
    block.dirty = false;
    $("saving").textContent = "Saving";
    try {
      await (missingOf(block).length ? save(block) : render(block));
      $("saving").textContent = "Saved";
    } catch (error) {
      $("saving").textContent = "";
      finish(block, "", [error.message]);
    }
  }
  block.running = false;
}

async function save(block) {
  await call("PUT", await blockPath(block), { settings: valuesOf(block) });
}

async function render(block) {
  const body = { settings: valuesOf(block), styles: frames.styles() };
  const answer = await call("POST", `${await blockPath(block)}/html`, body);
  showPanels(answer.panels);
  finish(block, answer.html, answer.errors);
}

function finish(block, html, errors) {
  // An answer to settings that have changed since is not shown; the next one is on its way.
  if (block.dirty || !blocks.has(block.id)) return;
  Object.assign(block, { html, errors });
  renders += 1;
  canvas.dataset.renders = renders;
  setStatus(block, errors.length ? "error" : "ready");
}

function setStatus(block, status) {
  block.status = status;
  block.note = null;
  if (status === "error") block.note = block.errors;
  if (status === "incomplete") block.note = [missingText(block)];
  if (status === "loading" && !block.html) block.note = ["Loading the block."];
  frames.show(block);
  showState();
}

function showState() {
  const block = blocks.get(selected);
  frames.select(selected);
  const busy = inserting > 0 || [...blocks.values()].some(({ status }) => status === "loading");
  canvas.dataset.state = busy ? "loading" : (block?.status ?? "ready");
  const errors = block?.status === "error" ? block.errors : [];
  $("problem").hidden = !errors.length;
  $("problem").firstElementChild.replaceChildren(...errors.map((error) => make("li", {}, error)));
  $("missing").hidden = block?.status !== "incomplete";
  $("missing").textContent = block?.status === "incomplete" ? missingText(block) : "";
  $("refresh").disabled = !block || !plugins.has(block.pluginId) || block.status === "incomplete";
}

function missingText(block) {
  const labels = missingOf(block).map(({ label }) => label);
  return `To see this block, fill in ${new Intl.ListFormat("en").format(labels)}.`;
}

function nameOf(block) {
  const name = plugins.get(block.pluginId)?.name ?? "Removed plugin";
  const same = [...blocks.values()].filter(({ pluginId }) => pluginId === block.pluginId);
  return same.length > 1 ? `${name} ${same.indexOf(block) + 1}` : name;
}

/** Show a block's settings in the sidebar; `null` shows that there is none. */
function select(id) {
  const block = blocks.get(id);
  const changed = selected !== id;
  selected = block ? id : null;
  $("panel").hidden = !block;
  $("empty").hidden = blocks.size > 0;
  $("blocks").replaceChildren(
    ...[...blocks.values()].map((each) => {
      const tab = make("button", { type: "button", "aria-pressed": String(each.id === id) }, nameOf(each));
      tab.addEventListener("click", () => select(each.id));
      return make("li", {}, tab);
    }),
  );
  if (block) {
    $("panel-title").textContent = nameOf(block);
    if (changed) drawSettings(block);
  }
  showState();
}

function drawSettings(block) {
  if (!plugins.has(block.pluginId)) {
    const text = "The plugin of this block is not available. The block keeps its last HTML.";
    $("settings").replaceChildren(make("p", {}, text));
    return;
  }
  drawSidebar($("settings"), settingsOf(block), block, {
    onChange: (delay) => schedule(block, delay),
    ask: (setting, text) => search(block, setting, text),
  });
}

async function search(block, setting, text) {
  if (!visibleSettings(settingsOf(block), block.values).has(setting)) return { options: [], errors: [] };
  const path = `${await blockPath(block)}/search/${encodeURIComponent(setting.name)}`;
  const answer = await call("POST", path, { search: text, settings: valuesOf(block) });
  showPanels(answer.panels);
  return answer;
}

function add({ id, plugin_id: pluginId, settings, html, errors }) {
  const block = { id, pluginId, values: { ...settings }, html, errors, status: "ready" };
  blocks.set(id, block);
  return block;
}

async function insert(pluginId) {
  inserting += 1;
  showState();
  try {
    const path = `/editor/${await draftId()}/blocks`;
    const block = add(await call("POST", path, { plugin_id: pluginId }));
    select(block.id);
    schedule(block);
  } catch (error) {
    $("saving").textContent = error.message;
  }
  inserting -= 1;
  showState();
}

async function remove(block) {
  blocks.delete(block.id);
  clearTimeout(block.timer);
  frames.remove(block.id);
  select([...blocks.keys()].at(-1) ?? null);
  await call("DELETE", await blockPath(block));
  $("saving").textContent = "Saved";
}

function restore() {
  for (const stored of given.blocks) {
    const block = add(stored);
    if (block.errors.length) setStatus(block, "error");
    else if (block.html) setStatus(block, "ready");
    else schedule(block);
  }
  select(given.blocks.at(-1)?.id ?? null);
}

let typing;
$("subject").addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(async () => {
    await call("PUT", `/editor/${await draftId()}`, { subject: $("subject").value });
    $("saving").textContent = "Saved";
  }, 500);
});
$("refresh").addEventListener("click", () => schedule(blocks.get(selected)));
$("remove").addEventListener("click", () => remove(blocks.get(selected)));
$("settings").addEventListener("submit", (event) => event.preventDefault());
addEventListener("pagehide", () => {
  // What was typed in the last moment still goes into the draft.
  for (const block of blocks.values()) {
    if (!block.dirty || !given.draft) continue;
    const path = `/editor/${given.draft}/blocks/${block.id}`;
    call("PUT", path, { settings: valuesOf(block) }, { keepalive: true });
  }
});

await frames.ready;
restore();
for (const button of document.querySelectorAll("[data-plugin]")) {
  button.addEventListener("click", () => insert(Number(button.dataset.plugin)));
  button.disabled = false;
}
