"""What an operator can mend, as one clear message."""

import click
from sqlalchemy.exc import SQLAlchemyError

from plugin_server import creator_data
from plugin_server.config import ConfigError
from plugin_server.errors import StoreUnavailable
from plugin_server.samples import BadSample
from plugin_server.starting import CannotStart
from plugin_server.store.backup import CannotBackUp
from plugin_server.store.database import explain
from plugin_server.store.encryption import DecryptionError
from plugin_server.store.schema import SchemaOutdated

_MENDABLE = (
    *(BadSample, ConfigError, CannotStart, SchemaOutdated, DecryptionError, CannotBackUp),
    *(creator_data.CannotDelete, creator_data.UnknownAccount),
)


def told(error: Exception) -> Exception:
    """Return what to raise instead of an error: a message, or for a bug of ours the error itself."""
    if isinstance(error, _MENDABLE):
        return click.ClickException(str(error))
    if isinstance(error, StoreUnavailable):
        return click.ClickException(error.reason)
    if isinstance(error, SQLAlchemyError):
        return click.ClickException(explain(error))
    if isinstance(error, OSError):
        return click.ClickException(
            f"The database cannot be used ({error}). Check DATABASE_URL and DATA_DIR."
        )
    return error
