"""The two JSON Schemas of settings JSON.

``current`` describes the component library that Kit documents today, ``published`` the schema that
Kit prints in its V4 reference, which knows five types and fewer properties. Each says on which day
it was last compared with Kit's pages (``x-compared-on``).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from referencing import Registry
from referencing.exceptions import Unresolvable

from plugin_server.findings.finding import Finding
from plugin_server.resources.text_files import UnreadableText, read_text_file
from plugin_server.settings.schema_messages import explain

_FOLDER = Path(__file__).with_name("schemas")


class SchemaUnusable(Exception):
    """A schema file that cannot be read; the text says why."""


@dataclass(frozen=True)
class Schema:
    """A JSON Schema (2020-12) of settings JSON, and the day it was last compared with Kit's (ISO 8601)."""

    name: str
    compared_on: str
    document: Mapping[str, Any]

    def findings(self, definition: Any) -> list[Finding]:
        """Return what the schema refuses in a settings JSON, each mistake once.

        Raises:
            SchemaUnusable: the schema refers to something that it does not hold, or to itself.
        """
        # An empty registry: what a schema refers to is never fetched.
        validator = Draft202012Validator(self.document, registry=Registry())
        try:
            errors = list(validator.iter_errors(definition))
        except Unresolvable as error:
            raise SchemaUnusable(f"{self.name}: {error.ref} leads nowhere") from error
        except RecursionError as error:
            raise SchemaUnusable(f"{self.name} refers to itself without end") from error
        return list(dict.fromkeys(finding for error in errors for finding in explain(error)))


@cache
def bundled(name: str) -> Schema:
    """Return the schema that comes with the server: ``current`` or ``published``."""
    # That it is a JSON Schema is tested; to check it at every start would take a tenth of the start.
    return _schema(name, json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8")))


def read_schema(path: Path) -> Schema:
    """Return the schema in a file.

    Raises:
        SchemaUnusable: not a readable file, or not a JSON Schema.
    """
    try:
        document = json.loads(read_text_file(path))
        if not isinstance(document, dict):
            raise SchemaUnusable(f"{path.name} is not a JSON Schema: it must be an object")
        Draft202012Validator.check_schema(document)
    except UnreadableText as error:
        raise SchemaUnusable(str(error).removesuffix(".")) from error
    except (ValueError, RecursionError) as error:
        raise SchemaUnusable(f"{path.name} is not JSON: {error}") from error
    except SchemaError as error:
        raise SchemaUnusable(f"{path.name} is not a JSON Schema: {error.message[:200]}") from error
    return _schema(path.stem, document)


def _schema(name: str, document: Mapping[str, Any]) -> Schema:
    return Schema(name, str(document.get("x-compared-on", "an unknown day")), document)
