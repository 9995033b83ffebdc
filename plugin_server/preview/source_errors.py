"""Errors in a developer's files: which file, which line, and what is wrong.

Commands and the preview report all of them from here: settings JSON that is not valid, templates and modules
with syntax errors, and exceptions in a block's own code.
"""

import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from jinja2 import TemplateNotFound, TemplateSyntaxError

from plugin_server.rendering.jinja_environment import jinja_environment
from plugin_server.resources.packages import installed_packages
from plugin_server.resources.paths import PACKAGE, TEMPLATES
from plugin_server.resources.text_files import UnreadableText, read_text_file
from plugin_server.settings.checker import check
from plugin_server.settings.rules import ANYONES, Context


@dataclass(frozen=True)
class SourceError:
    """One error; ``line`` counts from 1 and is ``None`` where it is not known."""

    file: str
    line: int | None
    text: str

    def __str__(self) -> str:
        """Return it as one sentence."""
        place = self.file if self.line is None else f"{self.file}, line {self.line}"
        return f"{place}: {self.text}"


@runtime_checkable
class HasSource(Protocol):
    """An exception that knows the file of its cause, which its traceback does not contain.

    A protocol, because after a reload the preview has two classes of every name.
    """

    file: Path
    line: int | None

    @property
    def problem(self) -> str:
        """What is wrong in that file."""


def display_path(file: Path) -> str:
    """Return a path relative to the project or the current directory."""
    packages = [package.root.parent for package in installed_packages()[1:]]
    for folder in (TEMPLATES.parent, PACKAGE.parent, *packages, Path.cwd()):
        if file.is_relative_to(folder):
            return str(file.relative_to(folder))
    return str(file)


def find_source_error(file: Path) -> SourceError | None:
    """Return the error in one of the project's files; ``None`` also when it was deleted."""
    folders = [package.settings_json for package in installed_packages()]
    if file.suffix == ".json" and file.parent in folders:
        return settings_error(file, Context(file.stem))
    reader = _READERS.get(file.suffix)
    return _read(file, reader) if reader else None


def settings_error(file: Path, context: Context = ANYONES) -> SourceError | None:
    """Return the first error in a settings JSON; ``None`` also when the file was deleted."""
    return _read(file, lambda file, text: _in_settings(file, text, context))


def source_error_of(error: BaseException) -> SourceError:
    """Return where an exception comes from: a line of a block or a template if one is in its traceback.

    A wrong value of a block often fails only in the code that it is passed to, so the innermost line of the
    developer's own code takes precedence over ours.
    """
    if isinstance(error, HasSource):
        return SourceError(display_path(error.file), error.line, error.problem)
    if isinstance(error, SyntaxError) and error.filename:
        return SourceError(display_path(Path(error.filename)), error.lineno, error.msg)
    if isinstance(error, SyntaxError) and (unreadable := _unreadable_module()):
        return unreadable
    if isinstance(error, TemplateSyntaxError):
        name = display_path(Path(error.filename or error.name or ""))
        return SourceError(name, error.lineno, error.message or "")
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if _is_below(frame, *_authors_folders())]
    if isinstance(error, TemplateNotFound):
        return _missing_template(error, own)
    ours = own or [frame for frame in frames if _is_below(frame, PACKAGE)] or list(frames)
    text = f"{type(error).__name__}: {error}"
    if not ours:
        return SourceError("plugin-server", None, text)
    return SourceError(display_path(Path(ours[-1].filename)), ours[-1].lineno, text)


def _unreadable_module() -> SourceError | None:
    """Return the first module that cannot be parsed: for a null character, Python does not name the file."""
    return next(
        filter(None, (_read(file, _in_python) for file in sorted(PACKAGE.rglob("*.py")))), None
    )


def _authors_folders() -> Iterator[Path]:
    """Yield the folders of blocks' modules and templates."""
    for package in installed_packages():
        yield from (package.folder, package.templates)


def _is_below(frame: traceback.FrameSummary, *folders: Path) -> bool:
    return any(Path(frame.filename).is_relative_to(folder) for folder in folders)


def _missing_template(error: TemplateNotFound, own: list[traceback.FrameSummary]) -> SourceError:
    missing = display_path(TEMPLATES / str(error.name))
    if own:
        text = f"there is no template {missing}"
        return SourceError(display_path(Path(own[-1].filename)), own[-1].lineno, text)
    return SourceError(missing, None, "there is no such template, and a block needs it")


def _read(file: Path, reader: Callable[[Path, str], SourceError | None]) -> SourceError | None:
    try:
        return reader(file, read_text_file(file))
    except UnreadableText as error:
        return (
            SourceError(display_path(file), None, f"it {error.reason}") if file.exists() else None
        )


def _in_python(file: Path, text: str) -> SourceError | None:
    try:
        with warnings.catch_warnings(action="ignore"):
            compile(text, file, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:  # ValueError: a null character
        line = getattr(error, "lineno", None)
        return SourceError(display_path(file), line, getattr(error, "msg", str(error)))
    return None


def _in_template(file: Path, text: str) -> SourceError | None:
    try:
        jinja_environment().parse(text, file.name, str(file))
    except TemplateSyntaxError as error:
        return SourceError(display_path(file), error.lineno, error.message or "")
    return None


def _in_settings(file: Path, text: str, context: Context) -> SourceError | None:
    errors = check(text, context).errors
    if not errors:
        return None
    first = errors[0]
    return SourceError(display_path(file), first.place.line, first.sentence)


_READERS = {".py": _in_python, ".html": _in_template}
