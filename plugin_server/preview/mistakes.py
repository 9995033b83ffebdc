"""Mistakes of a block's developer: which file, which line, and what is wrong.

The commands and the preview tell all of them from here: settings JSON that cannot be used, templates and
modules that cannot be read, and whatever fails while a block's own code runs.
"""

import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from jinja2 import TemplateNotFound, TemplateSyntaxError

from plugin_server.rendering.environment import environment
from plugin_server.resources.paths import PACKAGE, SETTINGS_JSON, TEMPLATES
from plugin_server.resources.text_files import UnreadableText, read_text_file
from plugin_server.settings.checker import check
from plugin_server.settings.rules import ANYONES, Context

_BLOCKS = PACKAGE / "blocks"


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


@runtime_checkable
class Placed(Protocol):
    """An exception that knows where its cause is, though its traceback does not lead there.

    Told by its attributes: after a reload the preview has two classes of every name.
    """

    file: Path
    line: int | None

    @property
    def problem(self) -> str:
        """What is wrong there."""


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
    """Return where an exception comes from: in a block or a template if it passed one.

    What a block hands to the rest of the server often fails there only, so the innermost line of the
    developer's own counts before any of ours.
    """
    if isinstance(error, Placed):
        return Mistake(called(error.file), error.line, error.problem)
    if isinstance(error, SyntaxError) and error.filename:
        return Mistake(called(Path(error.filename)), error.lineno, error.msg)
    if isinstance(error, SyntaxError) and (unreadable := _unreadable_module()):
        return unreadable
    if isinstance(error, TemplateSyntaxError):
        name = called(Path(error.filename or error.name or ""))
        return Mistake(name, error.lineno, error.message or "")
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if _is_below(frame, _BLOCKS, TEMPLATES)]
    if isinstance(error, TemplateNotFound):
        return _missing_template(error, own)
    ours = own or [frame for frame in frames if _is_below(frame, PACKAGE)] or list(frames)
    text = f"{type(error).__name__}: {error}"
    if not ours:
        return Mistake("plugin-server", None, text)
    return Mistake(called(Path(ours[-1].filename)), ours[-1].lineno, text)


def _unreadable_module() -> Mistake | None:
    """Return the first module that cannot be read: of a null character, Python does not say where."""
    return next(
        filter(None, (_read(file, _in_python) for file in sorted(PACKAGE.rglob("*.py")))), None
    )


def _is_below(frame: traceback.FrameSummary, *folders: Path) -> bool:
    return any(Path(frame.filename).is_relative_to(folder) for folder in folders)


def _missing_template(error: TemplateNotFound, own: list[traceback.FrameSummary]) -> Mistake:
    missing = called(TEMPLATES / str(error.name))
    if own:
        told = f"there is no template {missing}"
        return Mistake(called(Path(own[-1].filename)), own[-1].lineno, told)
    return Mistake(missing, None, "there is no such template, and a block needs it")


def _read(file: Path, reader: Callable[[Path, str], Mistake | None]) -> Mistake | None:
    try:
        return reader(file, read_text_file(file))
    except UnreadableText as error:
        return Mistake(called(file), None, f"it {error.reason}") if file.exists() else None


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
    return Mistake(called(file), first.place.line, first.sentence)


_READERS = {".py": _in_python, ".html": _in_template}
