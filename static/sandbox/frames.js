// The two views of the email: shows the blocks in them as mail clients do, and reads the email's styles.

import { make } from "./api.js";

const TAGS = ["p", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "ul", "blockquote", "a"];
const SIDES = ["top", "right", "bottom", "left"];
const PROPERTIES = [
  ..."color font-family font-size font-weight letter-spacing line-height text-align text-transform".split(" "),
  ...SIDES.map((side) => `margin-${side}`),
  ...SIDES.map((side) => `padding-${side}`),
];
// Start tags carry their numbers by it from the server (sandbox/editor/start_tags.py) to the parsed elements.
const TAG = "data-sandbox-tag";
const COLORS = ["color", "background-color", ...SIDES.map((side) => `border-${side}-color`)];

/** HTML with the numbers of its start tags: each pair is an offset and a number. */
function numbered(html, tags) {
  let [last, pieces] = [0, ""];
  for (const [offset, number] of tags) {
    pieces += `${html.slice(last, offset)} ${TAG}="${number}"`;
    last = offset;
  }
  return pieces + html.slice(last);
}

/** The number of the tag that made an element, or else the one around it; `undefined` outside of a block. */
function tagOf(element) {
  for (let each = element; each; each = each.parentElement) if (each.sandboxTag !== undefined) return each.sandboxTag;
  return undefined;
}

/** An element, or the first one around it that takes up room: a style element takes none. */
function visible(element) {
  let seen = element;
  while (!seen.offsetWidth && !seen.getBoundingClientRect().width && seen.parentElement) seen = seen.parentElement;
  return seen;
}

/** Make a frame as high as its email, with what blocks let spill below. */
function fit(frame) {
  frame.style.height = `${frame.contentDocument.body.scrollHeight}px`;
}

export class Frames {
  /**
   * `select(id)` is called when a block is chosen in a view, `act(id, what)` by its buttons, and `pick(id, tag)`
   * with the number of a start tag when a part of a block is pressed with Alt, or while `picking` is true.
   */
  constructor(handlers, frames = document.querySelectorAll("iframe")) {
    this.frames = [...frames];
    Object.assign(this, handlers, { look: {}, painted: new Map(), picking: false, marked: null });
    this.ready = Promise.all(this.frames.map((frame) => this.#prepare(frame)));
  }

  /** Load another email around the blocks; they must be shown again afterwards. */
  async open(url) {
    this.painted.clear();
    await Promise.all(this.frames.map((frame) => this.#prepare(frame, url)));
  }

  /** The computed styles of the email around the blocks, by element name, as Kit sends them. */
  #styles({ contentDocument, contentWindow }) {
    const samples = contentDocument.getElementById("samples");
    const read = (tag) => {
      const computed = contentWindow.getComputedStyle(samples.querySelector(tag));
      return Object.fromEntries(PROPERTIES.map((name) => [name, computed.getPropertyValue(name)]));
    };
    return Object.fromEntries(TAGS.map((tag) => [tag, read(tag)]));
  }

  /** Show exactly these blocks in this order, each as its HTML or as a note instead. */
  show(blocks, selected) {
    this.#restore();
    const look = JSON.stringify(this.look);
    for (const frame of this.frames) {
      frame.classList.toggle("dark", Boolean(this.look.scheme));
      const root = frame.contentDocument.getElementById("blocks");
      for (const name of ["noimages", "nomarks"]) root.toggleAttribute(`data-${name}`, Boolean(this.look[name]));
      const places = blocks.map((block) => root.querySelector(`:scope > [data-block="${block.id}"]`) ?? this.#place(root, block));
      for (const place of [...root.children]) if (!places.includes(place)) place.remove();
      for (const [at, place] of places.entries()) {
        if (root.children[at] !== place) root.insertBefore(place, root.children[at]);
        this.#fill(place, blocks[at], look);
        place.shadowRoot.querySelector("div").ariaLabel = blocks[at].name;
        place.toggleAttribute("data-selected", blocks[at].id === selected);
      }
    }
    if (this.look.dark) for (const frame of this.frames) this.#recolor(frame.contentDocument);
    this.frames.forEach(fit);
    this.#draw();
  }

  /** Let the next press pick a part of a block, or no longer. */
  letPick(picking) {
    this.picking = picking;
    for (const { contentDocument } of this.frames) contentDocument.body.toggleAttribute("data-picking", picking);
    if (!picking) this.mark();
  }

  /** Highlight the elements of a block that a start tag made, in both views; without arguments, none. */
  mark(id, tag, { scrolls } = {}) {
    this.marked = tag === undefined ? null : { id, tag };
    const [first] = this.#draw();
    if (scrolls) first?.scrollIntoView({ block: "nearest" });
  }

  /** Draw the highlights, beside the content, which stays as it is; return what is highlighted and shown. */
  #draw() {
    const drawn = [];
    for (const frame of this.frames) {
      const isShown = frame.checkVisibility({ visibilityProperty: true });
      for (const place of frame.contentDocument.querySelectorAll("[data-block]")) {
        for (const old of place.shadowRoot.querySelectorAll("i")) old.remove();
        if (Number(place.dataset.block) !== this.marked?.id) continue;
        const around = place.getBoundingClientRect();
        for (const element of place.tags?.get(this.marked.tag) ?? []) {
          const seen = visible(element);
          const { left, top, width, height } = seen.getBoundingClientRect();
          const box = make("i");
          const style = { left: left - around.left, top: top - around.top, width, height };
          for (const [name, value] of Object.entries(style)) box.style[name] = `${value}px`;
          place.shadowRoot.append(box);
          if (isShown) drawn.push(seen);
        }
      }
    }
    return drawn;
  }

  #pressed(event, id) {
    const tag = tagOf(event.target);
    if (!(this.picking || event.altKey) || tag === undefined) return;
    this.pick(id, tag);
  }

  #place(root, block) {
    const place = make("div", { "data-block": block.id });
    const shadow = place.attachShadow({ mode: "open" });
    shadow.append(root.ownerDocument.getElementById("tools").content.cloneNode(true));
    shadow.addEventListener("click", ({ target }) => {
      const { do: what } = target.dataset;
      if (what) this.act(block.id, what);
      // Moving an element removes the focus from its content.
      if (what === "up" || what === "down") target.focus();
    });
    for (const type of ["focusin", "click"]) place.addEventListener(type, () => this.select(block.id));
    place.addEventListener("click", (event) => this.#pressed(event, block.id));
    place.addEventListener("pointerover", ({ target }) => this.picking && this.mark(block.id, tagOf(target)));
    return place;
  }

  #fill(place, block, look) {
    const { note, html, status } = block;
    const shown = note ? `${status} ${note.join("\n")}` : `${look}${html}`;
    if (note) place.tags = null;
    if (place.shown === shown) return;
    place.shown = shown;
    const isError = status === "error";
    const kind = { "data-note": isError ? "error" : "info", "data-testid": isError && "block-error" };
    if (note) place.replaceChildren(make("div", kind, ...note.map((sentence) => make("p", {}, sentence))));
    // No script runs in the frames, by their sandbox attribute and their policy,
    // and so no event handler of this HTML.
    else place.replaceChildren(this.#received(place, block));
  }

  /** A block's HTML as the simulated mail clients show it. */
  #received(place, { html, tags }) {
    const email = place.ownerDocument;
    const template = email.createElement("template");
    template.innerHTML = numbered(html, tags);
    const { content } = template;
    place.tags = new Map();
    for (const element of content.querySelectorAll(`[${TAG}]`)) {
      const number = Number(element.getAttribute(TAG));
      element.removeAttribute(TAG);
      element.sandboxTag = number;
      place.tags.set(number, [...(place.tags.get(number) ?? []), element]);
    }
    if (this.look.nostyle) for (const style of content.querySelectorAll("style")) style.remove();
    if (this.look.nocomments) {
      const comments = email.createNodeIterator(content, NodeFilter.SHOW_COMMENT);
      while (comments.nextNode()) comments.referenceNode.remove();
    }
    if (this.look.noimages) {
      for (const image of content.querySelectorAll("[src], [srcset], [background]")) {
        for (const name of ["src", "srcset", "background"]) image.removeAttribute(name);
      }
    }
    return content;
  }

  /**
   * Make light colors dark and dark ones light, images excepted, as mail clients do that force dark
   * mode. Each has its own rules; these are the simplest: inverted lightness, same hue.
   */
  #recolor(email) {
    const elements = [email.documentElement, email.body, ...email.querySelectorAll(".letter, .letter *")];
    const read = (element) => {
      const computed = email.defaultView.getComputedStyle(element);
      return [element, COLORS.map((name) => [name, computed.getPropertyValue(name)])];
    };
    // Every color is read before the first is changed: most are inherited.
    for (const [element, colors] of elements.map(read)) {
      this.painted.set(element, element.getAttribute("style"));
      for (const [name, color] of colors) {
        if (color.endsWith(", 0)")) continue; // nothing is painted
        element.style.setProperty(name, `lab(from ${color} calc(100 - 0.92 * l) a b / alpha)`, "important");
      }
    }
  }

  #restore() {
    for (const [element, style] of this.painted) {
      if (style === null) element.removeAttribute("style");
      else element.setAttribute("style", style);
    }
    this.painted.clear();
  }

  async #prepare(frame, url) {
    if (url) frame.src = url;
    // A frame starts with an empty document of its own before its URL has loaded.
    if (url || !frame.contentDocument?.getElementById("samples")) {
      await new Promise((loaded) => frame.addEventListener("load", loaded, { once: true }));
    }
    const email = frame.contentDocument;
    // Read before a switch changes any color: requests never contain those of a dark mode.
    this.styles = this.#styles(frame);
    // Otherwise what spills over the frame's edge brings a scrollbar, and the email gets narrower.
    email.documentElement.style.overflowY = "hidden";
    new ResizeObserver(() => {
      fit(frame);
      this.#draw();
    }).observe(email.body);
    email.addEventListener("keydown", this.onKey);
    // A link would load another page instead of the email.
    email.addEventListener("click", (event) => event.preventDefault());
  }
}
