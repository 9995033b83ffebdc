// Live reload: hears from the sandbox that code, a template or settings have changed.

// Three beats of sandbox/live_events.py: who hears less has lost the connection, whatever the browser thinks.
const PATIENCE = 15000;
const PAUSE = 500;

/**
 * Call `changed({files, at})`, `broken({file, line, text})` and `mended()` when they happen, `lost()` when
 * the sandbox does not answer any more, and `alive()` every few seconds while it does.
 *
 * It comes back by itself when the sandbox was away, and then tells what was missed. A hidden page
 * does not listen: a browser has six connections for all its tabs.
 */
export function watch(handlers) {
  let source, timer;
  let last = "";
  const open = () => {
    close();
    if (document.hidden) return;
    source = new EventSource(`/live?last=${encodeURIComponent(last)}`);
    source.onerror = () => {
      handlers.lost?.();
      wait(PAUSE);
    };
    for (const name of ["alive", "changed", "broken", "mended"]) {
      source.addEventListener(name, ({ data, lastEventId }) => {
        last = lastEventId;
        wait(PATIENCE);
        handlers[name]?.(JSON.parse(data));
      });
    }
    wait(PATIENCE);
  };
  const close = () => {
    clearTimeout(timer);
    source?.close();
  };
  const wait = (time) => {
    clearTimeout(timer);
    timer = setTimeout(open, time);
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  addEventListener("pagehide", close);
  addEventListener("pageshow", ({ persisted }) => persisted && open());
  open();
}
