// What is not as usual: simulations, faults of Kit, a lapsed plan. Each is a chip, and pressing it ends it.

import { $, call, make } from "./api.js";

const list = $("states");
const simulate = document.querySelector("[name=simulate]");
let known = [];
let requests = 0;

/** Show the states as they are now, as far as the sandbox responds. */
export async function showStates() {
  const number = ++requests;
  draw(); // the simulation is known at once
  const found = await call("GET", "/editor/states").catch(() => null);
  if (!found || number !== requests) return;
  known = found.states;
  draw();
}

function draw() {
  const simulation = simulate.value && {
    text: `The plugin responds ${simulate.selectedOptions[0].text}`,
    explanation: "It is simulated for every request of the editor.",
  };
  const states = simulation ? [simulation, ...known] : known;
  const drawn = JSON.stringify(states);
  if (list.dataset.drawn === drawn) return;
  list.dataset.drawn = drawn;
  const focused = list.contains(document.activeElement);
  list.replaceChildren(...states.map(({ text, explanation, end }) => {
    const title = `${explanation} Press to end it.`;
    const button = make("button", { type: "button", title }, text, make("span", { class: "unseen" }, `: ${title}`), " ×");
    button.onclick = () => finish(end);
    return make("li", {}, button);
  }));
  list.hidden = !states.length;
  if (focused) (list.querySelector("button") ?? simulate).focus();
}

async function finish(end) {
  if (end) {
    await call(end.method, end.path, end.body).catch(() => null); // the list shows what is still there
    await showStates();
    list.dispatchEvent(new Event("ended"));
  } else {
    simulate.value = "";
    simulate.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

/** Start the chips; `onEnd()` is called after one was ended. */
export function startStates(onEnd) {
  list.addEventListener("ended", onEnd);
  // A fault may have been added in another tab.
  addEventListener("focus", showStates);
  showStates();
}
