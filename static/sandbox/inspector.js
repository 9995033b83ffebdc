// Shows the last request of each kind as it went to the app, and what came back.

import { make } from "./api.js";

const TITLES = { html: "HTML request", search: "Search request" };

/** Show an exchange in the inspector, in place of the last one of its kind (`html`, `search`). */
export function inspect(root, kind, exchange) {
  const known = root.querySelector(`[data-kind="${kind}"]`);
  const part = known ?? make("section", { "data-kind": kind });
  part.replaceChildren(
    make("h3", {}, TITLES[kind]),
    make("p", { class: "facts muted" }, `POST ${exchange.url}`),
    make("p", { class: "facts" }, facts(exchange)),
    code("What was sent", exchange.request),
    code("What came back", exchange.answer ?? (exchange.text || exchange.problem)),
  );
  if (!known && kind === "html") root.prepend(part);
  if (!known && kind !== "html") root.append(part);
  for (const hint of root.querySelectorAll(":scope > p")) hint.remove();
}

function facts(exchange) {
  const status = exchange.status === null ? "no answer" : `status ${exchange.status}`;
  const token = exchange.authorized ? "with the access token" : "without a token";
  const renewed = exchange.refreshed ? ", after refreshing it" : "";
  return `${status}, ${exchange.ms} ms, ${size(exchange.bytes)}, ${token}${renewed}`;
}

function size(bytes) {
  return bytes < 1000 ? `${bytes} bytes` : `${(bytes / 1000).toFixed(1)} kB`;
}

function code(title, content) {
  const text = typeof content === "string" ? content : JSON.stringify(content, null, 2);
  return make("div", {}, make("p", { class: "facts muted" }, title), make("pre", { tabindex: "0" }, text));
}
