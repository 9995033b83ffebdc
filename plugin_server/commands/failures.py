"""Turns any error of a command into one clear message: what happened, where, and what to do."""

import traceback
from collections.abc import Sequence
from typing import IO, Any

import click
from sqlalchemy.exc import SQLAlchemyError
from typing_extensions import override

from plugin_server.commands import creator_data
from plugin_server.config.environment import ConfigError, environment
from plugin_server.config.startup import CannotStart
from plugin_server.errors import PluginError, StoreUnavailable
from plugin_server.findings.finding import Finding
from plugin_server.findings.reporter import show
from plugin_server.findings.wording import printable
from plugin_server.preview.source_errors import findings_of
from plugin_server.rendering.refusal import ExplainedRefusal
from plugin_server.sandbox.kit.account_files import BadAccount
from plugin_server.store.backup import CannotBackUp
from plugin_server.store.database import explain
from plugin_server.store.encryption import DecryptionError
from plugin_server.store.schema import SchemaOutdated

# Errors that an operator can fix; their texts say how.
_SELF_EXPLANATORY = (
    *(ConfigError, CannotStart, SchemaOutdated, DecryptionError, CannotBackUp),
    *(creator_data.CannotDelete, creator_data.UnknownAccount, BadAccount),
)
_HINT = "Correct it and run the command again. LOG_LEVEL=DEBUG shows the whole traceback."


class DeveloperMistakes(click.ClickException):
    """What is wrong in a developer's files, shown as every check shows its findings."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        """Take the findings, at least one."""
        self._findings = findings
        super().__init__("\n".join(printable(each.explanation) for each in findings))

    @override
    def show(self, file: IO[Any] | None = None) -> None:
        """Print the findings to standard error."""
        for each in self._findings:
            show(each, "plugin-server", err=True)
        click.echo(_HINT, err=True)


def as_click_exception(error: BaseException) -> click.ClickException:
    """Return an error as a message and exit status 1.

    LOG_LEVEL=DEBUG also prints the traceback of an unexpected one.
    """
    message = None if isinstance(error, ExplainedRefusal) else _known(error)
    if message is not None:
        return click.ClickException(message)
    if environment().get("LOG_LEVEL", "").upper() == "DEBUG":
        click.echo("".join(traceback.format_exception(error)), err=True)
    return DeveloperMistakes(findings_of(error))


def _known(error: BaseException) -> str | None:
    if isinstance(error, _SELF_EXPLANATORY):
        return str(error)
    if isinstance(error, StoreUnavailable):
        return error.reason
    if isinstance(error, PluginError):
        return "\n".join(error.messages)
    if isinstance(error, SQLAlchemyError):
        return explain(error)
    return None
