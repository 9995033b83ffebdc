"""Mistakes that keep the plugin server from using a file: which file, which line, and what is wrong."""

import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jinja2 import TemplateSyntaxError

from plugin_server.rendering.environment import environment
from plugin_server.resources import PACKAGE, SETTINGS_JSON, TEMPLATES
from plugin_server.settings.check import check
from plugin_server.settings.checks import ANYONES, Context
from plugin_server.settings.findings import json_path


@dataclass(frozen=True)
class Mistake:
    """One mistake; ``line`` counts from 1 and is ``None`` where no line can be told."""

    file: str
    line: int | None
    text: str

    def __str__(self) -> str:
        """Return it as one sentence."""
        place = self.file if self.line is None else f"{self.file}, line {self.line}"
        return f"{place}: {self.text}"


def called(file: Path) -> str:
    """Return a path as a developer knows it: below the project, or below where they are."""
    for folder in (TEMPLATES.parent, PACKAGE.parent, Path.cwd()):
        if file.is_relative_to(folder):
            return str(file.relative_to(folder))
    return str(file)


def find_mistake(file: Path) -> Mistake | None:
    """Return what keeps one of our own files from being read; ``None`` also when it is gone."""
    if file.suffix == ".json" and file.parent == SETTINGS_JSON:
        return settings_mistake(file, Context(file.stem))
    reader = _READERS.get(file.suffix)
    return _read(file, reader) if reader else None


def settings_mistake(file: Path, context: Context = ANYONES) -> Mistake | None:
    """Return the first error in a settings JSON; ``None`` also when the file is gone."""
    return _read(file, lambda file, text: _in_settings(file, text, context))


def mistake_of(error: BaseException) -> Mistake:
    """Return where an exception comes from, in a file of ours if it passed one."""
    if isinstance(error, SyntaxError):
        return Mistake(called(Path(error.filename or "")), error.lineno, error.msg)
    if isinstance(error, TemplateSyntaxError):
        name = called(Path(error.filename or error.name or ""))
        return Mistake(name, error.lineno, error.message or "")
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if _is_ours(Path(frame.filename))]
    last = (ours or frames)[-1]
    return Mistake(called(Path(last.filename)), last.lineno, f"{type(error).__name__}: {error}")


def _is_ours(file: Path) -> bool:
    return any(file.is_relative_to(folder) for folder in (PACKAGE, TEMPLATES))


def _read(file: Path, reader: Callable[[Path, str], Mistake | None]) -> Mistake | None:
    try:
        return reader(file, file.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except OSError as error:
        return Mistake(called(file), None, f"it cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        return Mistake(called(file), None, f"it is not UTF-8 at byte {error.start}")


def _in_python(file: Path, text: str) -> Mistake | None:
    try:
        with warnings.catch_warnings(action="ignore"):
            compile(text, file, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:  # ValueError: a null character
        line = getattr(error, "lineno", None)
        return Mistake(called(file), line, getattr(error, "msg", str(error)))
    return None


def _in_template(file: Path, text: str) -> Mistake | None:
    try:
        environment().parse(text, file.name, str(file))
    except TemplateSyntaxError as error:
        return Mistake(called(file), error.lineno, error.message or "")
    return None


def _in_settings(file: Path, text: str, context: Context) -> Mistake | None:
    errors = check(text, context).errors
    if not errors:
        return None
    first = errors[0]
    place, finding = json_path(first.finding.path), first.finding
    return Mistake(called(file), first.line, f"{place}: {finding.message}. {finding.hint}")


_READERS = {".py": _in_python, ".html": _in_template}
