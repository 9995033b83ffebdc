// The contact sheet: every example in every view. Frames exist only near the viewport.

import { $, call, copyText, make } from "./api.js";
import { Frames } from "./frames.js";
import { watch } from "./live.js";

// Of the email around a block, and of a picture, in CSS pixels.
const [MARGIN, TALLEST] = [16, 1200];
const SMALL = 0.5;
// How many examples are requested ahead at the same time.
const AHEAD = 3;

const given = JSON.parse($("sheet-data").textContent);
const hosts = [...new Set(given.views.map(({ host }) => host))];
const filter = $("filter");
const nothing = () => {};
// By the email around an example and its name: the response, and whether it differs from the one before.
const [responses, shown, marks] = [new Map(), new Map(), new Map()];
let rows = [];
let [generation, isComplete] = [0, false];

const keyOf = (example, host) => `${host} ${example.name}`;

const boxes = () => ["changed", "whole", "empties"].map((name) => filter.elements[name]).filter(Boolean);

/** What a view shows of a response: of a dynamic block, what its reader gets. */
function shownOf({ html, errors, readers }, { reader }) {
  if (!readers) return { html, errors, note: errors.length ? errors : null };
  const sent = readers[reader];
  const note = sent.errors.length ? sent.errors : sent.nothing;
  const marked = filter.elements.empties.checked ? sent.marked : sent.html;
  return { html: marked, errors: sent.errors, note: note.length ? note : null };
}

/** The response for an example in an email, requested once for each state of the app. */
function responseFor(example, host) {
  const key = keyOf(example, host);
  if (!responses.has(key)) responses.set(key, request(example, host, generation));
  return responses.get(key);
}

async function request(example, host, now) {
  const body = { settings: example.settings, host };
  const response = await call("POST", `/contact-sheet/${given.plugin}/html`, body)
    .catch(({ message }) => ({ html: "", errors: [message] }));
  if (now === generation) note(keyOf(example, host), JSON.stringify(response));
  return response;
}

/** Compare a response with the one before the last save. */
function note(key, text) {
  const before = shown.get(key);
  if (before !== undefined && before !== text) marks.set(key, "changed");
  else if (before === undefined && generation) marks.set(key, "new");
  shown.set(key, text);
}

class Cell {
  constructor(example, view) {
    Object.assign(this, { example, view, near: false, drawn: "" });
    this.crop = make("div", { class: "crop" });
    // A press or a key belongs to the sheet, not to the email.
    this.crop.inert = true;
    this.mark = make("span", { class: "tag" });
    const link = make("a", { href: editorUrl(example, view), title: "Open in the editor" }, view.label);
    this.element = make("figure", { "data-view": view.name, "data-state": "waiting" }, make("figcaption", {}, link, " ", this.mark), this.crop);
    this.element.cell = this;
    this.resize();
    observer.observe(this.element);
  }

  get key() {
    return keyOf(this.example, this.view.host);
  }

  /** Draw the response, unless it is drawn already. */
  async draw() {
    const now = generation;
    const response = await responseFor(this.example, this.view.host);
    const { html, errors, note } = shownOf(response, this.view);
    const text = JSON.stringify([html, note]);
    if (!this.near || now !== generation || this.drawn === text) return;
    this.drawn = text;
    const frame = make("iframe", { sandbox: "allow-same-origin", src: `/editor/email?host=${this.view.host}`, title: `${this.example.title}, ${this.view.label}` });
    frame.style.width = `${this.view.width}px`;
    this.element.dataset.state = "loading";
    this.crop.replaceChildren(frame);
    const frames = new Frames({ select: nothing, act: nothing, pick: nothing, onKey: nothing }, [frame]);
    await frames.ready;
    if (!frame.isConnected) return;
    frames.look = this.view.look;
    frames.show([{ id: 1, name: this.example.title, html, tags: [], status: errors.length ? "error" : "ready", note }]);
    const place = frame.contentDocument.querySelector("[data-block]");
    new ResizeObserver(() => this.fit(place)).observe(place);
    await Promise.all([...place.querySelectorAll("img")].map((image) => image.decode().catch(nothing)));
    this.fit(place);
    if (frame.isConnected) this.element.dataset.state = "ready";
  }

  /** Show the block with a margin of the email around it; what is too tall is cut. */
  fit(place) {
    const { top, height } = place.getBoundingClientRect();
    if (!height) return;
    this.top = Math.max(Math.floor(top) - MARGIN, 0);
    this.height = Math.min(Math.ceil(height) + 2 * MARGIN, TALLEST);
    this.resize();
  }

  resize() {
    // Not wider than the window, in which nothing scrolls to the side.
    const scale = filter.elements.whole.checked ? Math.min(1, $("sheet").clientWidth / this.view.width) : SMALL;
    this.crop.style.width = `${this.view.width * scale}px`;
    if (this.height) this.crop.style.height = `${this.height * scale}px`;
    const frame = this.crop.firstElementChild;
    if (frame) frame.style.transform = `scale(${scale}) translateY(${-this.top || 0}px)`;
  }

  /** A frame that is far away is removed; its place stays. */
  leave() {
    this.near = false;
    this.drawn = "";
    this.crop.replaceChildren();
    this.element.dataset.state = "waiting";
  }
}

const observer = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) target.cell.leave();
    else if (!target.cell.near) {
      target.cell.near = true;
      target.cell.draw();
    }
  }
}, { rootMargin: "500px" });

function editorUrl({ settings }, { look, width, host, reader }) {
  const size = width < 600 ? { phone: width } : {};
  const to = filter.elements.empties ? { for: reader } : {};
  return `/editor?${new URLSearchParams({ plugin: given.handle, settings: JSON.stringify(settings), host, ...look, ...size, ...to })}`;
}

/** Make the rows of the examples; those of unchanged ones stay, with their frames. */
function build(examples) {
  const old = new Map(rows.map((row) => [JSON.stringify(row.example), row]));
  rows = examples.map((example) => old.get(JSON.stringify(example)) ?? rowOf(example));
  for (const row of old.values()) {
    if (!rows.includes(row)) for (const cell of row.cells) observer.unobserve(cell.element);
  }
  $("sheet").replaceChildren(...rows.map(({ element }) => element));
}

function rowOf(example) {
  const cells = given.views.map((view) => new Cell(example, view));
  const file = `/preview/${given.plugin}/views.html?${new URLSearchParams({ example: example.name })}`;
  const heading = make("div", { class: "heading" }, make("h2", {}, example.title), make("a", { href: file }, "All views as one HTML file"));
  const element = make("section", { "data-example": example.name, "aria-label": example.title }, heading, make("div", { class: "cells" }, ...cells.map((cell) => cell.element)));
  return { example, cells, element };
}

/** Show what the filter asks for, and the marks. */
function show() {
  const { example, view, changed } = filter.elements;
  const views = new Set([...view].filter(({ checked }) => checked).map(({ value }) => value));
  const typed = example.value.trim().toLowerCase();
  for (const row of rows) {
    for (const cell of row.cells) {
      const mark = marks.get(cell.key) ?? "";
      cell.mark.textContent = mark;
      cell.element.toggleAttribute("data-changed", Boolean(mark));
      cell.element.hidden = !views.has(cell.view.name) || (changed.checked && !mark);
    }
    const isMeant = `${row.example.title} ${row.example.name}`.toLowerCase().includes(typed);
    row.element.hidden = !isMeant || row.cells.every(({ element }) => element.hidden);
  }
  $("unfound").hidden = rows.some(({ element }) => !element.hidden);
}

/** Request every example in every email, those near the viewport first: their cells are drawn already. */
async function requestAll() {
  const now = generation;
  const all = rows.flatMap(({ example }) => hosts.map((host) => [example, host]));
  const next = async () => {
    for (let pair = all.shift(); pair && now === generation; pair = all.shift()) await responseFor(...pair);
  };
  await Promise.all(Array.from({ length: AHEAD }, next));
  if (now !== generation) return;
  isComplete = true;
  show();
  const names = new Set([...marks.keys()].map((key) => key.slice(key.indexOf(" "))));
  const time = new Date().toLocaleTimeString("sv");
  const count = `${names.size} of ${rows.length} examples`;
  if (now) $("news").textContent = names.size ? `Changed with the last save, at ${time}: ${count}.` : `Nothing changed with the last save, at ${time}.`;
  else $("news").textContent = `${given.is_given ? "These settings" : `${rows.length} examples`} in ${given.views.length} views. What a save changes is marked.`;
  $("sheet").dataset.generation = now;
}

/** After a save: request everything again, mark what differs, and draw only that. */
async function refresh() {
  generation += 1;
  const now = generation;
  if (isComplete) marks.clear();
  isComplete = false;
  responses.clear();
  try {
    const examples = given.is_given ? given.examples : await call("GET", `/examples/${given.plugin}`);
    if (now !== generation) return;
    build(examples);
  } catch ({ message }) {
    $("news").textContent = message;
    return;
  }
  show();
  for (const { cells } of rows) for (const cell of cells) if (cell.near) cell.draw();
  await requestAll();
}

/** The filter is in the URL, so that a link shows another person the same. */
function writeUrl() {
  const { example, view } = filter.elements;
  const chosen = [...view].filter(({ checked }) => checked).map(({ value }) => value);
  const query = new URLSearchParams([...new URLSearchParams(location.search)].filter(([name]) => name === "settings" || name === "host"));
  if (example.value) query.set("example", example.value);
  if (chosen.length < view.length) query.set("views", chosen.join());
  for (const box of boxes()) if (box.checked) query.set(box.name, "on");
  history.replaceState(null, "", `${location.pathname}${query.size ? `?${query}` : ""}`);
}

function readUrl() {
  const query = new URLSearchParams(location.search);
  const { example, view } = filter.elements;
  example.value = query.get("example") ?? "";
  for (const box of boxes()) box.checked = query.has(box.name);
  const views = query.get("views")?.split(",");
  if (views) for (const box of view) box.checked = views.includes(box.value);
}

filter.addEventListener("submit", (event) => event.preventDefault());
filter.addEventListener("input", ({ target }) => {
  if (target.name === "empties") for (const { cells } of rows) for (const cell of cells) if (cell.near) cell.draw();
  if (target.name === "whole") for (const { cells } of rows) for (const cell of cells) cell.resize();
  writeUrl();
  show();
});
addEventListener("resize", () => rows.forEach(({ cells }) => cells.forEach((cell) => cell.resize())));
$("share-link").addEventListener("click", ({ currentTarget }) => copyText(location.href, currentTarget));
readUrl();
build(given.examples);
show();
requestAll();
watch({
  changed: refresh,
  broken: ({ file, text }) => ($("news").textContent = `${file}: ${text}`),
  lost: () => ($("news").textContent = "The sandbox does not respond."),
});
