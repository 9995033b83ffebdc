// Live reload: listens to the sandbox's events that code, a template or settings have changed.

// Three heartbeats of sandbox/live_events.py: after that the connection is lost.
const TIMEOUT = 15000;
const PAUSE = 500;

/**
 * Call `changed({files, version, at})`, `broken({file, line, text, all})`, `fixed()` and `delivered({account})` (to
 * a webhook; not replayed after a reconnect) when they happen, `lost()` when
 * the sandbox no longer responds, and `alive()` every few seconds while it does.
 *
 * It reconnects by itself when the sandbox was stopped, and then reports what was missed. A hidden page
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
    for (const name of ["alive", "changed", "broken", "fixed", "delivered"]) {
      source.addEventListener(name, ({ data, lastEventId }) => {
        last = lastEventId;
        wait(TIMEOUT);
        handlers[name]?.(JSON.parse(data));
      });
    }
    wait(TIMEOUT);
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
