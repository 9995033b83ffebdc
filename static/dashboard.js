// The copy buttons of the dashboard page; without the clipboard they select what is to be copied.

const status = document.getElementById("status");
const buttons = document.querySelectorAll("[data-copy]");
// Milliseconds for which a copied value is reported; the button says it for longer.
const SHOWN = 6000;
const keys = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘C" : "Ctrl+C";
let fading;

async function copy(button) {
  const value = document.getElementById(button.dataset.copy);
  const { name } = button.dataset;
  clearTimeout(fading);
  for (const each of buttons) each.firstElementChild.textContent = "Copy";
  try {
    // Browsers have a clipboard for pages over https and from their own machine only.
    await navigator.clipboard.writeText(value.textContent);
    button.firstElementChild.textContent = "Copied";
    tell(`${name} is copied.`);
    fading = setTimeout(() => tell(""), SHOWN);
  } catch {
    getSelection().selectAllChildren(value);
    tell(`${name} is selected. Press ${keys} to copy it.`);
  }
}

/** Say a sentence, aloud too; in a later frame, so that the same one is heard a second time. */
function tell(sentence) {
  status.textContent = "";
  requestAnimationFrame(() => {
    status.textContent = sentence;
  });
}

for (const button of buttons) {
  button.addEventListener("click", () => copy(button));
  button.hidden = false;
}
