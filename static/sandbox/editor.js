// The editor: holds the blocks of one draft, requests their HTML and shows their settings.

import { $, call, make } from "./api.js";
import { Frames } from "./frames.js";
import { startKeep } from "./keep.js";
import { watch } from "./live.js";
import { showJson, startJson } from "./json.js";
import { startLayout } from "./layout.js";
import { startMenu, toSearch } from "./menu.js";
import { showPanels, showPicked, startPanels } from "./panels.js";
import { missingLabels, sentValues } from "./settings.js";
import { activate } from "./sidebar.js";
import { showStates, startStates } from "./states.js";
import { settings as viewSettings, startView, writeUrl } from "./view.js";

const given = JSON.parse($("editor-data").textContent);
const plugins = new Map(given.plugins.map((plugin) => [plugin.id, plugin]));
const canvas = $("canvas");
const frames = new Frames({
  select: (id) => select(id),
  act: (id, what) => ACTIONS[what](find(id)),
  pick: (id, tag) => pick(id, tag),
  onKey: toSearch,
});
// In the order of the email. A block's form and state are its properties.
let blocks = [];
let { draft } = given;
let creating, selected;
let [busy, renders, queue] = [0, 0, Promise.resolve()];

const find = (id) => blocks.find((block) => block.id === id);
const settingsOf = (block) => plugins.get(block.pluginId)?.settings ?? [];
const valuesOf = (block) => sentValues(settingsOf(block), block.values);
const missingOf = (block) => missingLabels(settingsOf(block), block.values);
const announce = (text) => ($("saving").textContent = text);

/** The path of the draft; a new email becomes a draft with the first call. */
async function draftPath() {
  if (!draft) {
    creating ??= call("POST", "/drafts", { subject: $("subject").value }).finally(() => (creating = null));
    draft = (await creating).id;
  }
  return `/editor/${draft}`;
}

const blockPath = async (block) => `${await draftPath()}/blocks/${block.id}`;

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
  while (block.dirty && blocks.includes(block)) {
    block.dirty = false;
    announce("Saving");
    try {
      block.isSame = false;
      if (missingOf(block).length) await call("PUT", await blockPath(block), { settings: valuesOf(block) });
      else await render(block);
      announce(block.isSame ? "Saved. The response is the same as before." : "Saved");
    } catch (error) {
      announce("");
      finish(block, { html: "", errors: [error.message] });
    }
  }
  block.running = false;
}

/** Send a request to an endpoint of the block, and update the panels. */
async function send(block, endpoint, body) {
  const sent = { ...viewSettings(), ...body, settings: valuesOf(block) };
  const response = await call("POST", `${await blockPath(block)}/${endpoint}`, sent);
  if (block.id === selected) showPanels(response.panels);
  return response;
}

async function render(block) {
  finish(block, await send(block, "html", { styles: frames.styles }));
  showStates();
}

/** Show what the server returned of a block. */
function finish(block, { html, errors, tags = [], nothing = [] }) {
  // A response to settings that have changed since is not shown; the next one is on its way.
  if (block.dirty || !blocks.includes(block)) return;
  const isSame = html === block.html && `${errors}` === `${block.errors}`;
  if (block.id === selected && !isSame) frames.mark();
  Object.assign(block, { html, tags, errors, nothing, isSame });
  renders += 1;
  canvas.dataset.renders = renders;
  $("stamp").textContent = `Rendered at ${new Date().toLocaleTimeString("sv")}${isSame ? ", unchanged" : ""}`;
  setStatus(block, errors.length ? "error" : "ready");
}

function setStatus(block, status) {
  const missing = new Intl.ListFormat("en").format(missingOf(block));
  const notes = {
    error: block.errors,
    incomplete: [`To see this block, fill in ${missing}.`],
    loading: block.html ? null : ["Loading the block."],
    ready: block.nothing.length ? block.nothing : null,
  };
  Object.assign(block, { status, note: notes[status] });
  show();
}

/** Update the page from the blocks and the selected one. */
function show() {
  const block = find(selected);
  for (const each of blocks) each.name = nameOf(each);
  frames.show(blocks, selected);
  $("view").classList.toggle("static", !blocks.some(({ pluginId }) => given.dynamic.includes(pluginId)));
  const loading = busy > 0 || blocks.some(({ status }) => status === "loading");
  canvas.dataset.state = loading ? "loading" : (block?.status ?? "ready");
  const notes = (status) => (block?.status === status ? block.note : []);
  $("problem").hidden = !notes("error").length;
  $("problem").firstElementChild.replaceChildren(...notes("error").map((error) => make("li", {}, error)));
  $("missing").textContent = notes("incomplete").join();
  $("panel").hidden = !block;
  $("empty").hidden = blocks.length > 0;
  for (const each of blocks) each.form.hidden = each !== block;
  const focused = $("blocks").contains(document.activeElement);
  $("blocks").replaceChildren(...blocks.map(({ id, name }) => {
    const on = id === selected;
    return make("li", {}, make("button", { type: "button", class: on ? "" : "quiet", value: id, "aria-pressed": `${on}` }, name));
  }));
  if (focused) $("blocks").querySelector("[aria-pressed=true]")?.focus();
  $("panel-title").textContent = block?.name;
  $("refresh").disabled = !plugins.has(block?.pluginId) || block.status === "incomplete";
  updateUrl();
}

function updateUrl() {
  const block = find(selected);
  writeUrl(draft ? `/editor/${draft}` : "/editor", {
    panel: document.querySelector("#panels [aria-selected=true]:not([data-panel=checks])")?.dataset.panel,
    block: block?.id,
    plugin: plugins.get(block?.pluginId)?.handle,
    settings: block && JSON.stringify(valuesOf(block)),
  });
}

function nameOf(block) {
  const name = given.names[block.pluginId] ?? "Removed plugin";
  const same = blocks.filter(({ pluginId }) => pluginId === block.pluginId);
  return same.length > 1 ? `${name} ${same.indexOf(block) + 1}` : name;
}

/** Show a block's settings in the sidebar; `undefined` shows that there is none. */
async function select(id) {
  if (selected === id) return;
  selected = id;
  show();
  showJson(plugins.get(find(id)?.pluginId)?.id);
  if (!id) return;
  const { panels } = await call("GET", `/editor/${draft}/blocks/${id}/panels`).catch(() => ({ panels: {} }));
  if (selected === id) showPanels(panels);
}

/** Show the line of the source and of the template that wrote a part of a block, and what was found in it. */
async function pick(id, tag) {
  letPick(false);
  await select(id);
  frames.mark(id, tag, { scrolls: true });
  const picked = await call("GET", `/editor/${draft}/blocks/${id}/tags/${tag}`).catch(({ message }) => ({ message }));
  if (selected !== id) return;
  showPicked(picked);
  frames.mark(id, tag, picked); // the line may have other tags, too
}

function letPick(picking) {
  frames.letPick(picking);
  $("pick").setAttribute("aria-pressed", picking);
  announce(picking ? "Press a part of a block to see which line wrote it." : "");
}

/** Add a block as the server returned it, with its form. */
function add({ id, plugin_id: pluginId, settings, html, tags, errors, nothing }, form, at) {
  const block = { id, pluginId, html, tags, errors, nothing, status: "ready", note: null };
  blocks.splice(at, 0, block);
  setForm(block, form, settings);
  return block;
}

function setForm(block, form, settings) {
  block.values = { ...settings };
  block.form?.remove();
  block.form = form;
  $("settings").append(form);
  activate(form, settingsOf(block), block, {
    onChange: (delay) => schedule(block, delay),
    request: (name, text) => send(block, `search/${encodeURIComponent(name)}`, { search: text }),
  });
}

const parse = (html) => document.createRange().createContextualFragment(html).querySelector("form");

/** Change the draft after all earlier changes, and show the error if it fails. */
async function attempt(work) {
  busy += 1;
  $("undo").hidden = true;
  show();
  try {
    await (queue = queue.catch(() => {}).then(work));
    announce("Saved");
  } catch (error) {
    announce(error.message);
  }
  busy -= 1;
  show();
}

function insert(pluginId, settings, at = blocks.length) {
  return attempt(async () => {
    const made = await call("POST", `${await draftPath()}/blocks`, { plugin_id: pluginId, settings, at });
    const block = add(made, parse(made.form), at);
    select(block.id);
    schedule(block);
    block.form.querySelector("[name]")?.focus();
  });
}

const ACTIONS = {
  refresh: (block) => schedule(block),
  up: (block) => place(block, blocks.indexOf(block) - 1),
  down: (block) => place(block, blocks.indexOf(block) + 1),
  copy: (block) => insert(block.pluginId, valuesOf(block), blocks.indexOf(block) + 1),
  remove(block) {
    const at = blocks.indexOf(block);
    place(block, null);
    offer(`${block.name} removed.`, () => place(block, at));
    $("undo").lastElementChild.focus();
  },
};

/** Move a block to a position, remove it with `null`, or restore it. */
async function place(block, at) {
  const others = blocks.filter((each) => each !== block);
  if (at < 0 || at > others.length) return;
  const next = others[blocks.indexOf(block)] ?? others.at(-1);
  blocks = at === null ? others : others.toSpliced(at, 0, block);
  block.form.hidden = true;
  select(at === null ? next?.id : block.id);
  await attempt(async () => {
    await call("PUT", await blockPath(block), { at });
  });
  if (at !== null) announce(`${block.name} is at place ${at + 1} of ${blocks.length}.`);
}

/** Offer to take back what was just done. */
function offer(text, undo) {
  const [words, button] = $("undo").children;
  words.textContent = text;
  button.onclick = undo;
  $("undo").hidden = false;
}

/** Give a block other settings at once, from an example or a link. */
async function setValues(block, settings) {
  await call("PUT", await blockPath(block), { settings });
  const { form } = await call("GET", await blockPath(block));
  setForm(block, parse(form), settings);
  schedule(block);
}

/** Take over a settings JSON that was changed: the blocks' sidebars and what they send follow. */
async function followJson(pluginId, settings, version) {
  if (version) given.version = version;
  plugins.get(pluginId).settings = settings;
  for (const block of blocks.filter((each) => each.pluginId === pluginId)) {
    const { form } = await call("GET", await blockPath(block));
    setForm(block, parse(form), block.values);
    schedule(block);
  }
}

function showExample(block, name) {
  const { values } = block;
  return attempt(async () => {
    const examples = await call("GET", `/examples/${block.pluginId}`);
    await setValues(block, examples.find((each) => each.name === name).settings);
    offer(`${block.name} shows the example.`, () => attempt(() => setValues(block, values)));
  });
}

function restore() {
  for (const [at, stored] of given.blocks.entries()) {
    add(stored, document.querySelector(`[data-form="${stored.id}"]`), at);
  }
  const linked = Number(new URLSearchParams(location.search).get("block"));
  select((find(linked) ?? blocks.at(-1))?.id);
  for (const block of blocks) {
    if (block.errors.length) setStatus(block, "error");
    else if (block.nothing.length) setStatus(block, "ready");
    else if (!block.html) schedule(block);
  }
  show();
  if (given.replaced) offer("The link’s settings replace the draft’s.", () => attempt(() => setValues(find(linked), given.replaced)));
  if (given.insert) insert(given.insert.plugin_id, given.insert.settings);
}

let typing;
$("subject").addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => attempt(async () => {
    typing = 0;
    await call("PUT", await draftPath(), { subject: $("subject").value });
  }), 500);
});
$("blocks").addEventListener("click", ({ target }) => target.value && select(Number(target.value)));
$("actions").addEventListener("click", ({ target }) => target.dataset.do && ACTIONS[target.dataset.do](find(selected)));
for (const type of ["click", "keydown"]) $("panels").addEventListener(type, updateUrl);
$("settings").addEventListener("change", ({ target }) => {
  if (target.matches("[data-examples]")) showExample(find(selected), target.value);
});
addEventListener("pagehide", () => {
  // What was typed in the last moment still goes into the draft.
  if (typing && draft) call("PUT", `/editor/${draft}`, { subject: $("subject").value }, { keepalive: true });
  for (const block of blocks) {
    if (!block.dirty || !draft) continue;
    call("PUT", `/editor/${draft}/blocks/${block.id}`, { settings: valuesOf(block) }, { keepalive: true });
  }
});

/** Show the dynamic blocks to another reader, without a request to the plugin. */
async function showReader(reader) {
  for (const block of blocks.filter(({ pluginId }) => given.dynamic.includes(pluginId))) {
    if (block.status === "loading" || block.status === "incomplete") continue;
    const shown = await call("GET", `${await blockPath(block)}?${new URLSearchParams({ for: reader })}`).catch(({ message }) => ({ html: "", errors: [message] }));
    // Another one may have been chosen in the meantime.
    if ((frames.look.for ?? "") === reader) finish(block, shown);
  }
}

const refreshAll = () => blocks.filter(({ pluginId }) => plugins.has(pluginId)).forEach((block) => schedule(block));

startLayout(!given.blocks.length && !given.insert);
await frames.ready;
frames.look = viewSettings();
startView(async ({ name }) => {
  frames.look = viewSettings();
  if (name === "host") {
    await frames.open(`/editor/email?host=${frames.look.host ?? ""}`);
    refreshAll(); // with the styles of that email
  }
  if (name === "for") showReader(frames.look.for ?? "");
  if (name === "simulate") {
    showStates();
    refreshAll();
  }
  show();
});
restore();
if (sessionStorage.changed) refreshAll();
delete sessionStorage.changed;
startStates(refreshAll);
startJson((...change) => followJson(...change).catch(({ message }) => announce(message)));
startPanels({
  mark: (tag, scrolls) => frames.mark(selected, tag, { scrolls }),
  pick: (tag) => pick(selected, tag),
});
$("pick").addEventListener("click", () => letPick(!frames.picking));
addEventListener("keydown", ({ key }) => key === "Escape" && frames.picking && letPick(false));
startMenu((pluginId) => insert(pluginId));
startKeep(() => {
  const block = find(selected);
  return { pluginId: block.pluginId, settings: valuesOf(block), form: block.form };
});
watch({
  changed({ version }) {
    if (version === given.version) return refreshAll();
    // Another sidebar or menu is needed.
    sessionStorage.changed = true;
    location.reload();
  },
  broken({ all }) {
    $("broken").replaceChildren(...all.flatMap(([place, text]) => [make("h2", {}, place), make("pre", {}, text)]));
    $("broken").hidden = false;
  },
  fixed: () => ($("broken").hidden = true),
  lost: () => ($("lost").hidden = false),
  alive: () => ($("lost").hidden = true),
});
