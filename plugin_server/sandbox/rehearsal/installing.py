"""Installs the app in the dashboard as a rehearsal does, for commands that show its blocks."""

from flask import Flask

from plugin_server.examples.example_files import InvalidExample
from plugin_server.sandbox.records import Installation
from plugin_server.sandbox.rehearsal.background import arrivals_of
from plugin_server.sandbox.rehearsal.check import Skipped
from plugin_server.sandbox.rehearsal.setup import Options, close, make_subject


class NotInstalled(Exception):
    """The app gave no tokens; the text says why."""


def install(app: Flask, options: Options) -> None:
    """Install the app in a sandbox's dashboard for its first creator, and store the tokens.

    Raises:
        NotInstalled: the app's pages could not be passed, or it gave no tokens.
        NoChromium: one was requested, and there is none.
    """
    parts = app.extensions["sandbox"]
    with app.app_context():
        try:
            subject, _ = make_subject(parts, arrivals_of(app), options)
        except InvalidExample as problem:
            raise NotInstalled(str(problem)) from None
    try:
        tokens = subject.new_tokens()
    except Skipped as reason:
        raise NotInstalled(str(reason)) from None
    finally:
        close(subject)
    creator = subject.creators.known
    parts.store.save_installation(Installation(creator, tokens.access, tokens.refresh))
