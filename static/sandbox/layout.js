// The layout: what is folded, how wide the dock is, and which views are shown. This browser remembers it.

import { $ } from "./api.js";

const KEY = "layout";
// In px: the dock at least and what a key changes; the email beside it at least; both views side by side; one.
const [NARROWEST, STEP, CANVAS, BOTH, DESKTOP] = [240, 24, 340, 990, 600];
const SHOWN = ["both", "desktop", "phone"];
const main = $("main");
const dock = $("dock");
const divider = $("divider");
const layout = read();

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {}; // storage is off, or another program wrote there
  }
}

/** Remember a part of the layout, such as `{panel: "source"}`. */
export function remember(change) {
  Object.assign(layout, change);
  try {
    localStorage.setItem(KEY, JSON.stringify(layout));
  } catch {
    // Then it lasts as long as the page.
  }
}

/** The part of the layout that was remembered, `undefined` if none was. */
export const remembered = (name) => layout[name];

/** Show or hide the menu of blocks. */
export function foldMenu(folded) {
  $("menu").hidden = folded;
  $("fold").setAttribute("aria-expanded", !folded);
}

/** Hide the menu where it lies over the email. */
export function uncoverEmail() {
  if (getComputedStyle($("menu")).position === "absolute") foldMenu(true);
}

/** Show or hide what is below the tabs. */
export function foldPanels(folded) {
  dock.classList.toggle("folded", folded);
  $("panes").hidden = folded;
  $("unfold").setAttribute("aria-expanded", !folded);
  remember({ folded });
}

function setWidth(width) {
  const most = Math.max(NARROWEST, innerWidth - CANVAS);
  const taken = Math.round(Math.min(Math.max(width, NARROWEST), most));
  main.style.setProperty("--dock", `${taken}px`);
  divider.setAttribute("aria-valuemax", most);
  remember({ dock: taken });
}

/** Show the chosen views; without room for both, the one that there is room for. */
function show() {
  const room = $("canvas").clientWidth;
  const hasRoom = room >= BOTH;
  const chosen = SHOWN.includes(remembered("show")) ? remembered("show") : "both";
  const shown = chosen === "both" && !hasRoom ? (room >= DESKTOP ? "desktop" : "phone") : chosen;
  $("views").dataset.show = shown;
  for (const radio of $("shown").querySelectorAll("[type=radio]")) {
    radio.checked = radio.value === shown;
    if (radio.value === "both") radio.parentElement.hidden = !hasRoom;
  }
}

/** Start the layout; `isEmpty` says that there is no block yet, so that the menu is needed. */
export function startLayout(isEmpty) {
  // As in editor.css: where the menu has a column of its own.
  const wide = matchMedia("(min-width: 90rem)");
  const isFolded = () => !(wide.matches && (remembered("menu") ?? true));
  foldMenu(!isEmpty && isFolded());
  wide.addEventListener("change", () => foldMenu(isFolded()));
  if (remembered("folded")) foldPanels(true);
  if (remembered("dock")) setWidth(remembered("dock"));
  new ResizeObserver(show).observe($("canvas"));
  new ResizeObserver(() => divider.setAttribute("aria-valuenow", Math.round(dock.offsetWidth))).observe(dock);

  $("fold").addEventListener("click", () => {
    foldMenu(!$("menu").hidden);
    remember({ menu: !$("menu").hidden });
  });
  $("menu").addEventListener("keydown", ({ key }) => {
    if (key !== "Escape") return;
    foldMenu(true);
    $("fold").focus();
  });
  $("unfold").addEventListener("click", () => foldPanels(!dock.classList.contains("folded")));
  $("shown").addEventListener("change", ({ target }) => {
    if (target.type !== "radio") return;
    remember({ show: target.value });
    show();
  });
  divider.addEventListener("pointerdown", ({ pointerId }) => {
    divider.setPointerCapture(pointerId);
    divider.onpointermove = ({ clientX }) => setWidth(dock.getBoundingClientRect().right - clientX);
  });
  divider.addEventListener("lostpointercapture", () => (divider.onpointermove = null));
  divider.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: STEP, ArrowRight: -STEP }[event.key];
    if (!step) return;
    event.preventDefault();
    setWidth(dock.offsetWidth + step);
  });
  divider.addEventListener("dblclick", () => {
    main.style.removeProperty("--dock");
    remember({ dock: undefined });
  });
}
