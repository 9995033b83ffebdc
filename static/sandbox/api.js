// What the editor's scripts share: elements of the page, and JSON to and from the sandbox's server.

export const $ = (id) => document.getElementById(id);

/** Send a request and return the parsed response; throws an Error with a readable message. */
export async function call(method, path, body, options = {}) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: body && JSON.stringify(body),
      ...options,
    });
  } catch {
    throw new Error("The sandbox does not respond. Is it still running?");
  }
  const parsed = await response.json().catch(() => ({}));
  if (!response.ok) {
    throw new Error(parsed.errors?.[0] ?? `The sandbox responded with status ${response.status}.`);
  }
  return parsed;
}

/** Copy a text, and say on the button that was pressed whether it worked. */
export async function copyText(text, button) {
  const label = (button.dataset.label ??= button.textContent);
  button.textContent = await navigator.clipboard.writeText(text).then(() => "Copied", () => "The browser does not allow it");
  setTimeout(() => (button.textContent = label), 1500);
}

/** Make an element: attributes by name, children as nodes or text. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}
