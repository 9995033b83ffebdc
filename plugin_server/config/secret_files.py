"""Secrets in files, as container platforms hand them over: ``SECRET_KEY_FILE=/run/secrets/key``."""

from collections.abc import Iterable, Mapping
from pathlib import Path


def read_secret_files(
    names: Iterable[str], environment: Mapping[str, str]
) -> tuple[dict[str, str], list[str]]:
    """Return the contents of the files that the environment names, without the newline at the end.

    Args:
        names: the variables whose value may be in a file, whose path is in the variable of the same name
            with ``_FILE``.
        environment: all variables.

    Returns:
        The values by lower-case name, and a sentence for each that cannot be used.
    """
    found, problems = {}, []
    for name in names:
        path = environment.get(f"{name}_FILE")
        if not path:
            continue
        if environment.get(name):
            problems.append(f"{name} and {name}_FILE are both set. Keep one of them.")
            continue
        try:
            value = Path(path).read_text().rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not text"
            problems.append(f"{name}_FILE cannot be used: {path} cannot be read ({reason}).")
            continue
        if value:
            found[name.lower()] = value
        else:
            problems.append(f"{name}_FILE cannot be used: {path} is empty.")
    return found, problems
