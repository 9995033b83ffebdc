"""Rehearsals in the background, one at a time, and the redirects to the sandbox that they wait for."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from threading import Lock, Thread

from flask import Flask

from plugin_server.examples.example_files import InvalidExample
from plugin_server.sandbox.context import Sandbox
from plugin_server.sandbox.records import Installation
from plugin_server.sandbox.rehearsal.by_hand import Arrivals
from plugin_server.sandbox.rehearsal.check import Outcome
from plugin_server.sandbox.rehearsal.report import Report
from plugin_server.sandbox.rehearsal.run import Planned, plan, rehearse
from plugin_server.sandbox.rehearsal.setup import NoChromium, Options, close, make_subject
from plugin_server.sandbox.rehearsal.subject import Subject

log = logging.getLogger(__name__)


@dataclass
class Run:
    """One run: what is done, what is being done, and what a person has to do now.

    ``problem``: why it could not be made at all.
    """

    app: str
    at: str
    way: str = ""
    outcomes: list[Outcome] = field(default_factory=list)
    total: int = 0
    current: str = ""
    instructions: str = ""
    problem: str = ""
    is_over: bool = False

    @property
    def report(self) -> Report:
        """The report so far."""
        return Report(self.app, self.at, self.way, tuple(self.outcomes))

    def show_start(self, planned: Planned) -> None:
        """Show a check that starts."""
        about = f" ({planned.about})" if planned.about else ""
        self.current, self.instructions = f"{planned.check.title}{about}", ""

    def ask(self, instructions: str) -> None:
        """Show what a person has to do."""
        self.instructions = instructions


class Rehearsals:
    """The last run, one at a time, and the redirects that a run by hand waits for."""

    def __init__(self) -> None:
        """Start without a run."""
        self.arrivals = Arrivals()
        self.last: Run | None = None
        self._lock = Lock()

    def start(self, app: Flask, options: Options, only: Sequence[str]) -> None:
        """Start a run in the background, unless one is going on."""
        with self._lock:
            if self.last and not self.last.is_over:
                return
            name = app.extensions["sandbox"].store.find_app().name
            run = self.last = Run(name, datetime.now(UTC).isoformat(timespec="seconds"))
        target, arguments = self._make, (app, run, options, only)
        Thread(target=target, args=arguments, name="rehearsal", daemon=True).start()

    def _make(self, app: Flask, run: Run, options: Options, only: Sequence[str]) -> None:
        try:
            with app.app_context():
                parts = app.extensions["sandbox"]
                if options.consent == "hand":
                    options = replace(options, ask=run.ask)
                subject, run.way = make_subject(parts, self.arrivals, options)
            try:
                planned = plan(subject, only)
                run.total = len(planned)
                for outcome in rehearse(subject, planned, run.show_start):
                    run.outcomes.append(outcome)
                restore_installation(parts, subject)
            finally:
                close(subject)
        except (InvalidExample, NoChromium) as problem:
            run.problem = str(problem)
        except Exception as error:  # the page says so instead of waiting for ever
            log.exception("The rehearsal failed")
            run.problem = f"The rehearsal failed ({type(error).__name__}); the log says where."
        finally:
            run.is_over = True


def restore_installation(sandbox: Sandbox, subject: Subject) -> None:
    """Install the app again for the creator who had installed it, if the rehearsal has cost that."""
    account_id = subject.creators.known
    before = sandbox.store.find_installation(account_id)
    if not subject.uses_oauth or before is None or before.access_token is None:
        return
    if subject.works(before.access_token)[0]:
        return
    subject.install_again()
    if subject.installed is not None:
        tokens = subject.installed
        sandbox.store.save_installation(Installation(account_id, tokens.access, tokens.refresh))


def arrivals_of(app: Flask) -> Arrivals:
    """Return where a sandbox hands over the redirects that a rehearsal waits for."""
    found: Rehearsals = app.extensions["rehearsal"]
    return found.arrivals
