"""Names of packages and blocks: which can be used, and why another cannot."""

import keyword
import re
from importlib.util import find_spec

from plugin_server.resources.packages import package_of

_PACKAGE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_BLOCK = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)?")
_LONGEST = 40


class InvalidName(Exception):
    """A name that cannot be used; the text is a sentence with a better one where there is one."""


def check_package_name(name: str) -> str:
    """Return the name of a package's import package: ``acme_blocks`` for ``acme-blocks``.

    Raises:
        InvalidName: it has other characters, or is the name of a module that can be imported.
    """
    if not _PACKAGE.fullmatch(name) or len(name) > _LONGEST:
        raise InvalidName(
            f"{name!r} is not a name for a package: use lower-case letters, digits and hyphens, "
            f"at most {_LONGEST}.{_better(name, '-')}"
        )
    module = name.replace("-", "_")
    _refuse_keyword(module)
    if find_spec(module):
        raise InvalidName(f"Python has a module {module} already: choose another name than {name}.")
    return module


def check_block_name(name: str) -> None:
    """Check the name of a new block.

    Raises:
        InvalidName: it has other characters or too many words, or is the name of an installed block.
    """
    if not _BLOCK.fullmatch(name) or len(name) > _LONGEST:
        raise InvalidName(
            f"{name!r} is not a name for a block: use one or two words in lower-case letters and digits, "
            "joined by an underscore, as in post_list: it becomes the label in Kit's menu."
            f"{_better(name, '_')}"
        )
    if keyword.iskeyword(name):
        raise InvalidName(
            f"{name} is a word of Python, and cannot be a module: choose another name."
        )
    if package := package_of(name):
        raise InvalidName(f"{package} has a block {name} already: choose another name.")


def _refuse_keyword(module: str) -> None:
    if keyword.iskeyword(module):
        raise InvalidName(
            f"{module} is a word of Python, and cannot be a module: choose another name."
        )


def _better(name: str, joint: str) -> str:
    """Return a suggestion: the name's words in lower case, joined as they should be."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    words = re.findall(r"[a-z0-9]+", spaced.lower())
    pattern = _PACKAGE if joint == "-" else _BLOCK
    better = joint.join(words)
    return f" Did you mean {better}?" if better != name and pattern.fullmatch(better) else ""
