"""Copying a SQLite database while servers write to it."""

import os
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

from sqlalchemy import Engine


class CannotBackUp(Exception):
    """There is no database to copy, or the copy cannot be written; the text says what to do."""


def backup_sqlite(engine: Engine, file: Path) -> None:
    """Copy a consistent snapshot of the database, with what is in its write-ahead log.

    The copy is one file, which only its owner may read.

    Raises:
        CannotBackUp: the database is not a SQLite file, or the target exists.
    """
    source = engine.url.database
    if engine.dialect.name != "sqlite" or not source or not Path(source).exists():
        raise CannotBackUp(
            "There is no SQLite database to copy. For PostgreSQL use: "
            'pg_dump --format=custom --file=FILE "$DATABASE_URL"'
        )
    try:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise CannotBackUp(
            f"Cannot write {file} ({error.strerror}). Name a new file in an existing folder."
        ) from error
    with closing(connect(source)) as origin, closing(connect(file)) as copy:
        origin.backup(copy)
