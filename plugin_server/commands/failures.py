"""Turns any error of a command into one clear message: what happened, where, and what to do."""

import traceback

import click
from sqlalchemy.exc import SQLAlchemyError

from plugin_server.commands import creator_data
from plugin_server.config.environment import ConfigError, environment
from plugin_server.config.startup import CannotStart
from plugin_server.errors import PluginError, StoreUnavailable
from plugin_server.examples.example_files import InvalidExample
from plugin_server.findings.wording import printable
from plugin_server.preview.source_errors import source_error_of
from plugin_server.store.backup import CannotBackUp
from plugin_server.store.database import explain
from plugin_server.store.encryption import DecryptionError
from plugin_server.store.schema import SchemaOutdated

# Errors that an operator can fix; their texts say how.
_SELF_EXPLANATORY = (
    *(InvalidExample, ConfigError, CannotStart, SchemaOutdated, DecryptionError, CannotBackUp),
    *(creator_data.CannotDelete, creator_data.UnknownAccount),
)
_HINT = "Correct it and run the command again. LOG_LEVEL=DEBUG shows the whole traceback."


def as_click_exception(error: BaseException) -> click.ClickException:
    """Return an error as a message and exit status 1.

    LOG_LEVEL=DEBUG also prints the traceback of an unexpected one.
    """
    message = _known(error)
    if message is None and environment().get("LOG_LEVEL", "").upper() == "DEBUG":
        click.echo("".join(traceback.format_exception(error)), err=True)
    return click.ClickException(_from_developer_code(error) if message is None else message)


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


def _from_developer_code(error: BaseException) -> str:
    lines = str(source_error_of(error)).splitlines()
    return "\n".join([*map(printable, lines), _HINT])
