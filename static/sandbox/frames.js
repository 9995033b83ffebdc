// The two views of the email: puts the blocks in them and reads the email's styles out of them.

const TAGS = ["p", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "ul", "blockquote", "a"];
const SIDES = ["top", "right", "bottom", "left"];
const PROPERTIES = [
  "color",
  "font-family",
  "font-size",
  "font-weight",
  "letter-spacing",
  "line-height",
  "text-align",
  "text-transform",
  ...SIDES.map((side) => `margin-${side}`),
  ...SIDES.map((side) => `padding-${side}`),
];

export class Frames {
  /** `onSelect(id)` is called when a block is clicked in one of the views. */
  constructor(frames, onSelect) {
    this.frames = frames;
    this.onSelect = onSelect;
    this.ready = Promise.all(frames.map((frame) => this.#prepare(frame)));
  }

  /** The computed styles of the email around the blocks, by element name, as Kit sends them. */
  styles() {
    const samples = this.frames[0].contentDocument.getElementById("samples");
    const view = this.frames[0].contentWindow;
    const read = (tag) => {
      const computed = view.getComputedStyle(samples.querySelector(tag));
      return Object.fromEntries(PROPERTIES.map((name) => [name, computed.getPropertyValue(name)]));
    };
    return Object.fromEntries(TAGS.map((tag) => [tag, read(tag)]));
  }

  /** Show one block in both views: its HTML, or a note in its place. */
  show(block) {
    for (const place of this.#places(block.id)) {
      if (block.note) {
        place.replaceChildren(note(place.ownerDocument, block.note, block.status === "error"));
      } else if (place.shown !== block.html) {
        // The frames have no scripts (their sandbox attribute and the policy of their address say
        // so), which also silences event handlers in this HTML. It can draw, and nothing else.
        place.innerHTML = block.html;
      }
      place.shown = block.note ? null : block.html;
    }
  }

  /** Take a block out of both views. */
  remove(id) {
    for (const place of this.#places(id)) place.remove();
  }

  /** Mark the block whose settings are in the sidebar. */
  select(id) {
    for (const frame of this.frames) {
      for (const place of frame.contentDocument.querySelectorAll("[data-block]")) {
        place.toggleAttribute("data-selected", place.dataset.block === String(id));
      }
    }
  }

  #places(id) {
    return this.frames.map((frame) => {
      const blocks = frame.contentDocument.getElementById("blocks");
      const found = blocks.querySelector(`:scope > [data-block="${id}"]`);
      if (found) return found;
      const place = frame.contentDocument.createElement("div");
      place.dataset.block = id;
      blocks.append(place);
      return place;
    });
  }

  async #prepare(frame) {
    // A frame starts with an empty document of its own before its address has loaded.
    if (!frame.contentDocument?.getElementById("samples")) {
      await new Promise((loaded) => frame.addEventListener("load", loaded, { once: true }));
    }
    const email = frame.contentDocument;
    new ResizeObserver(() => {
      frame.style.height = `${email.body.offsetHeight + 2}px`;
    }).observe(email.body);
    email.addEventListener("click", (event) => {
      // A link would show another page in place of the email.
      event.preventDefault();
      const place = event.target.closest?.("[data-block]");
      if (place) this.onSelect(Number(place.dataset.block));
    });
  }
}

function note(email, sentences, isError) {
  const box = email.createElement("div");
  box.dataset.note = isError ? "error" : "info";
  if (isError) box.dataset.testid = "block-error";
  for (const sentence of sentences) {
    const line = email.createElement("p");
    line.textContent = sentence;
    box.append(line);
  }
  return box;
}
