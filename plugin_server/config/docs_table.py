"""The table of variables in the documentation, made from the descriptions of ``Config``.

``python -m plugin_server.config.docs_table docs/configuration.md`` writes it between that file's markers;
without a file it is printed. A test compares the two.
"""

import sys
from pathlib import Path

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from plugin_server.config.environment import Config, Default

START, END = "<!-- variables -->\n", "<!-- end -->"


def markdown() -> str:
    """Return the table's lines in Markdown, what must be set first; it ends with a newline."""
    fields = sorted(Config.model_fields.items(), key=lambda item: _rank(_default(item[1])))
    rows = [
        f"| `{name.upper()}` | {_default(field)} | {field.description} |" for name, field in fields
    ]
    return "\n".join(["| variable | default | what it is |", "|---|---|---|", *rows, ""])


def replace_table(text: str) -> str:
    """Return a document whose table is the current one.

    Raises:
        ValueError: it does not contain both markers.
    """
    before, after = text.index(START) + len(START), text.index(END)
    return text[:before] + markdown() + text[after:]


def _rank(default: str) -> int:
    """Return where a variable belongs: always required, required with others, optional."""
    return 0 if default == "required" else 1 if default.startswith("required") else 2


def _default(field: FieldInfo) -> str:
    if named := [each for each in field.metadata if isinstance(each, Default)]:
        return named[0].text
    if field.is_required():
        return "required"
    value = field.default
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    return "none" if value in (None, "", ()) else f"`{value}`"


def main(arguments: list[str]) -> None:
    """Print the table, or write it into the file that is named."""
    if not arguments:
        print(markdown(), end="")  # noqa: T201 - a command's output
        return
    document = Path(arguments[0])
    document.write_text(replace_table(document.read_text()))


if __name__ == "__main__":
    main(sys.argv[1:])
