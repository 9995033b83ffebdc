"""A rehearsal of an app in a sandbox, in this process and over real HTTP."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest
from flask import Flask
from support.servers.plugin_app import PluginApp
from support.servers.sandbox import serving_sandbox

from plugin_server.sandbox.rehearsal.background import arrivals_of
from plugin_server.sandbox.rehearsal.report import Report
from plugin_server.sandbox.rehearsal.run import plan, rehearse
from plugin_server.sandbox.rehearsal.setup import Options, close, make_subject

FILL = {"email": "ada@example.com", "password": "a-password"}
FILL_NEW = {"email": "new@example.com", "password": "another"}
SIGN_IN = Options(consent="http", fill=FILL, fill_new=FILL_NEW)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Flask]:
    with serving_sandbox(tmp_path) as app:
        yield app


@pytest.fixture
def rehearsed(sandbox: Flask) -> Callable[..., Report]:
    """A function from an app, or its entries in the dashboard, to the report of its rehearsal.

    ``None`` is the app that the dashboard has.
    """

    def make(
        app: PluginApp | dict[str, Any] | None,
        *only: str,
        options: Options = SIGN_IN,
        ids: Sequence[str] = (),
    ) -> Report:
        if app is not None:
            entries = app.entries() if isinstance(app, PluginApp) else app
            url = sandbox.extensions["sandbox"].config.base_url
            response = httpx2.put(f"{url}/dashboard/app.json", json=entries)
            assert response.status_code == 200, response.text
        # Playwright runs once in each thread, and other tests have it in this one.
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(_report, sandbox, options, only, ids).result()

    return make


def _report(sandbox: Flask, options: Options, only: Sequence[str], ids: Sequence[str]) -> Report:
    with sandbox.app_context():
        parts = sandbox.extensions["sandbox"]
        subject, way = make_subject(parts, arrivals_of(sandbox), options)
    try:
        planned = [each for each in plan(subject, only) if not ids or each.check.id in ids]
        outcomes = [*rehearse(subject, planned)]
    finally:
        close(subject)
    return Report(subject.app.name, "2026-11-30T12:00:00+00:00", way, outcomes)
