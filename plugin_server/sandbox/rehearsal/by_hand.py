"""The creator's part by hand: a person opens a URL in a browser, and the rehearsal waits for the redirect."""

from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Lock
from urllib.parse import parse_qs, urlsplit

from plugin_server.blocking import before_blocking
from plugin_server.sandbox.rehearsal.consent import Callback, Stuck, Visitor
from plugin_server.sandbox.rehearsal.consent_pages import Decision

# Seconds that a person has.
TIMEOUT = 600.0


class Arrivals:
    """The redirects that somebody waits for at the sandbox's redirect URI. Threads share it."""

    def __init__(self) -> None:
        """Wait for nothing."""
        self._lock = Lock()
        self._waiting: dict[str, SimpleQueue[str]] = {}

    def expect(self, state: str) -> SimpleQueue[str]:
        """Return where the URL with this ``state`` will arrive."""
        with self._lock:
            return self._waiting.setdefault(state, SimpleQueue())

    def arrive(self, state: str, url: str) -> bool:
        """Hand over the URL that a browser was sent to; return whether somebody waits for it."""
        with self._lock:
            waiting = self._waiting.pop(state, None)
        if waiting is None:
            return False
        waiting.put(url)
        return True


class ByHand:
    """Asks a person at the keyboard."""

    automatic = False

    def __init__(
        self,
        arrivals: Arrivals,
        install_uri: str,
        show: Callable[[str], None],
        timeout: float = TIMEOUT,
    ) -> None:
        """Take where redirects arrive, the only redirect URI there, and what shows instructions."""
        self._arrivals, self._install_uri = arrivals, install_uri
        self._show, self._timeout = show, timeout

    def go(
        self, url: str, redirect_uri: str, visitor: Visitor, decision: Decision = "allow"
    ) -> Callback:
        """See ``Person``."""
        states = parse_qs(urlsplit(url).query).get("state", [])
        if redirect_uri != self._install_uri or len(states) != 1:
            raise Stuck(
                "By hand, only ordinary installations with the sandbox's redirect URI are tried"
            )
        arrived = self._arrivals.expect(states[0])
        does = "allow the connection" if decision == "allow" else "decline the connection"
        self._show(f"{visitor.advice or 'In any browser'}, open this URL and {does}:\n{url}")
        before_blocking()
        try:
            return Callback.of(arrived.get(timeout=self._timeout))
        except Empty:
            minutes = round(self._timeout / 60)
            raise Stuck(f"The browser did not come back within {minutes} minutes") from None

    def close(self) -> None:
        """See ``Person``."""
