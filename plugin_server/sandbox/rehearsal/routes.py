"""The rehearsal's page in the sandbox: starts a run, shows it while it lasts, and offers its report."""

from collections.abc import Mapping
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

from plugin_server.sandbox.context import sandbox
from plugin_server.sandbox.rehearsal.background import Rehearsals
from plugin_server.sandbox.rehearsal.check import GROUPS, Status
from plugin_server.sandbox.rehearsal.chromium import find_chromium
from plugin_server.sandbox.rehearsal.junit import as_junit
from plugin_server.sandbox.rehearsal.report import Report, as_json
from plugin_server.sandbox.rehearsal.setup import WAYS, Consent, Options

rehearsal = Blueprint("rehearsal", __name__, url_prefix="/rehearsal")
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
    # The run outlives this request, and with it the proxy, whose type hides what it stands for.
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
