"""The rehearsal's page in the sandbox: starts a run, shows it while it lasts, and offers its report."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock, Thread
from typing import Any, cast

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    jsonify,
    redirect,
    render_template,
    request,
)
from flask.typing import ResponseReturnValue

from plugin_server.examples.example_files import InvalidExample
from plugin_server.sandbox.context import Sandbox, sandbox
from plugin_server.sandbox.records import Installation
from plugin_server.sandbox.rehearsal.by_hand import Arrivals
from plugin_server.sandbox.rehearsal.check import GROUPS, Outcome, Status
from plugin_server.sandbox.rehearsal.chromium import find_chromium
from plugin_server.sandbox.rehearsal.junit import as_junit
from plugin_server.sandbox.rehearsal.report import Report, as_json
from plugin_server.sandbox.rehearsal.run import Planned, plan, rehearse
from plugin_server.sandbox.rehearsal.setup import (
    WAYS,
    Consent,
    NoChromium,
    Options,
    close,
    make_subject,
)
from plugin_server.sandbox.rehearsal.subject import Subject

log = logging.getLogger(__name__)

rehearsal = Blueprint("rehearsal", __name__, url_prefix="/rehearsal")


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
                subject, run.way = make_subject(parts, self.arrivals, with_person(options, run))
            try:
                planned = plan(subject, only)
                run.total = len(planned)
                for outcome in rehearse(subject, planned, run.show_start):
                    run.outcomes.append(outcome)
                with app.app_context():
                    keep_installed(parts, subject)
            finally:
                close(subject)
        except (InvalidExample, NoChromium) as problem:
            run.problem = str(problem)
        except Exception as error:  # the page says so instead of waiting for ever
            log.exception("The rehearsal failed")
            run.problem = f"The rehearsal failed ({type(error).__name__}); the log says where."
        finally:
            run.is_over = True


def keep_installed(sandbox: Sandbox, subject: Subject) -> None:
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


def with_person(options: Options, run: Run) -> Options:
    """Return options that ask a person on the page, if the creator's part is to be done by hand."""
    return Options(**{**vars(options), "ask": run.ask}) if options.consent == "hand" else options


def arrivals_of(app: Flask) -> Arrivals:
    """Return where a sandbox hands over the redirects that a rehearsal waits for."""
    found: Rehearsals = app.extensions["rehearsal"]
    return found.arrivals


rehearsal.record_once(lambda state: state.app.extensions.setdefault("rehearsal", Rehearsals()))


@rehearsal.get("")
def show() -> str:
    """Show the form that starts a run, and the last one."""
    ways = {name: way for name, way in WAYS.items() if name != "chromium" or find_chromium()}
    store = sandbox().store
    return render_template(
        "rehearsal.html",
        app=store.find_app(),
        plugins=store.find_plugins(),
        groups=GROUPS,
        ways=ways,
        install_uri=sandbox().install_uri,
        **_shown(),
    )


@rehearsal.post("")
def start() -> ResponseReturnValue:
    """Start a run: ``only`` are the groups, ``consent`` one of ``WAYS``, ``fill`` lines of NAME=VALUE."""
    consent = request.form.get("consent", "auto")
    only = request.form.getlist("only")
    if consent not in WAYS or not {*only} <= {*GROUPS}:
        abort(400, "There is no such part of the rehearsal, or no such way to make it.")
    options = Options(
        consent=cast("Consent", consent),
        fill=_pairs(request.form.get("fill", "")),
        fill_new=_pairs(request.form.get("fill_new", "")),
    )
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    _rehearsals().start(app, options, only)
    return redirect("/rehearsal", 303)


@rehearsal.get("/progress")
def progress() -> Response:
    """Return ``{"html": fragment, "done"}`` of the last run, for the page's script."""
    run = _rehearsals().last
    html = render_template("rehearsal_results.html", **_shown())
    return jsonify(html=html, done=run is None or run.is_over)


@rehearsal.get("/report.<any(json, xml, html):kind>")
def download(kind: str) -> Response:
    """Return the last run's report as a file: JSON, JUnit XML, or a page that needs no sandbox."""
    run = _rehearsals().last
    if run is None or run.problem:
        abort(404, "There is no report yet: run the rehearsal first.")
    makers: dict[str, tuple[Any, str]] = {
        "json": (as_json, "application/json"),
        "xml": (as_junit, "application/xml"),
        "html": (_as_page, "text/html"),
    }
    make, mimetype = makers[kind]
    response = Response(make(run.report), mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="rehearsal.{kind}"'
    return response


def _as_page(report: Report) -> str:
    return render_template("rehearsal_report.html", report=report, Status=Status)


def _shown() -> dict[str, Any]:
    run = _rehearsals().last
    return {"run": run, "report": run.report if run else None, "Status": Status}


def _rehearsals() -> Rehearsals:
    found: Rehearsals = current_app.extensions["rehearsal"]
    return found


def _pairs(text: str) -> Mapping[str, str]:
    lines = (line.strip() for line in text.splitlines())
    return dict(line.split("=", 1) for line in lines if "=" in line)
