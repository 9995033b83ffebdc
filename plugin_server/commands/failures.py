"""Whatever ends a command, as one clear message: what happened, where, and what to do."""

import traceback

import click
from sqlalchemy.exc import SQLAlchemyError

from plugin_server.commands import creator_data
from plugin_server.config.environment import ConfigError, environment
from plugin_server.config.startup import CannotStart
from plugin_server.errors import PluginError, StoreUnavailable
from plugin_server.examples.sample_texts import BadSample
from plugin_server.findings.wording import printable
from plugin_server.preview.mistakes import mistake_of
from plugin_server.store.backup import CannotBackUp
from plugin_server.store.database import explain
from plugin_server.store.encryption import DecryptionError
from plugin_server.store.schema import SchemaOutdated

# What an operator can put right; their texts say how.
_EXPLAINED = (
    *(BadSample, ConfigError, CannotStart, SchemaOutdated, DecryptionError, CannotBackUp),
    *(creator_data.CannotDelete, creator_data.UnknownAccount),
)
_HINT = "Correct it and run the command again. LOG_LEVEL=DEBUG shows the whole traceback."


def explained(error: BaseException) -> click.ClickException:
    """Return an error as a message and exit status 1.

    LOG_LEVEL=DEBUG prints the traceback of one that is not foreseen.
    """
    foreseen = _foreseen(error)
    if foreseen is None and environment().get("LOG_LEVEL", "").upper() == "DEBUG":
        click.echo("".join(traceback.format_exception(error)), err=True)
    return click.ClickException(_mistake(error) if foreseen is None else foreseen)


def _foreseen(error: BaseException) -> str | None:
    if isinstance(error, _EXPLAINED):
        return str(error)
    if isinstance(error, StoreUnavailable):
        return error.reason
    if isinstance(error, PluginError):
        return "\n".join(error.messages)
    if isinstance(error, SQLAlchemyError):
        return explain(error)
    return None


def _mistake(error: BaseException) -> str:
    lines = str(mistake_of(error)).splitlines()
    return "\n".join([*map(printable, lines), _HINT])
