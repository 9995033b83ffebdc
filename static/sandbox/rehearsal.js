// Shows a rehearsal while it runs: what is open stays open, and the page loads again at the end.

const results = document.getElementById("results");

async function look() {
  const response = await fetch("/rehearsal/progress");
  const { html, done } = await response.json();
  if (done) return location.reload();
  const open = new Set([...results.querySelectorAll("details[open] > summary")].map((each) => each.textContent));
  results.innerHTML = html;
  for (const each of results.querySelectorAll("details > summary")) each.parentElement.open = open.has(each.textContent);
  setTimeout(look, 500);
}

setTimeout(look, 500);
