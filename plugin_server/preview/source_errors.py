"""Errors in a developer's files: which file, which line, and what is wrong.

Commands and the preview report all of them from here: settings JSON that is not valid, templates and modules
with syntax errors, and exceptions in a block's own code.
"""

import ast
import builtins
import re
import sys
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable

from jinja2 import TemplateNotFound, TemplateSyntaxError, nodes

from plugin_server.errors import UndeclaredScope
from plugin_server.findings.finding import Finding, Place, Severity
from plugin_server.findings.wording import suggestion
from plugin_server.preview import block_files
from plugin_server.rendering.context_shape import UnusableContext
from plugin_server.rendering.jinja_environment import jinja_environment
from plugin_server.rendering.template_errors import (
    TemplateFrame,
    all_missing_names,
    explain_template_error,
    unclosed_statement,
)
from plugin_server.rendering.template_names import unknown_names
from plugin_server.rendering.template_places import is_shared, name_of_template
from plugin_server.resources.packages import built_in_package, installed_packages, package_of
from plugin_server.resources.paths import PACKAGE, TEMPLATES
from plugin_server.resources.text_files import UnreadableText, read_text_file
from plugin_server.settings.checker import check
from plugin_server.settings.rules import ANYONES, Context
from plugin_server.settings.values import UnknownSetting

_IMPORTS = (nodes.Import, nodes.FromImport, nodes.Include, nodes.Extends)
# Modules beside the built-in blocks that are not about any one of them.
_FRAMEWORK = {"__init__.py", "base.py", "loading.py"}
# A line that stands so often in a traceback calls itself.
_ENDLESS = 20
_NO_SUCH_NAME = re.compile(r"cannot import name '(\w+)' from '([\w.]+)' ")


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


@runtime_checkable
class HasFindings(Protocol):
    """An exception that knows all that is wrong with a block; a protocol for the same reason."""

    findings: Sequence[Finding]


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
    found = source_findings(file) or block_files.file_findings(file)
    return next(map(_as_source_error, found), None)


def settings_error(file: Path, context: Context = ANYONES) -> SourceError | None:
    """Return the first error in a settings JSON; ``None`` also when the file was deleted."""
    found = _read(file, lambda file, text: _in_settings(file, text, context))
    return next(map(_as_source_error, found), None)


def source_error_of(error: BaseException) -> SourceError:
    """Return where an exception comes from: a line of a block or a template if one is in its traceback."""
    return _as_source_error(findings_of(error)[0])


def source_errors_of(error: BaseException) -> list[SourceError]:
    """Return everything that an exception knows to be wrong, at least one error."""
    return [_as_source_error(each) for each in findings_of(error)]


def _as_source_error(finding: Finding) -> SourceError:
    place, text = finding.place, finding.message
    text = f"{place}: {text}" if place.path else text
    text = f"{text}. {finding.advice}" if finding.advice else text
    return SourceError(place.file, place.line or None, text)


def findings_of(error: BaseException) -> list[Finding]:
    """Return what is wrong, and where, for an exception of a block's code or template; at least one finding.

    The place is a line of the developer's own files where one is in the traceback: a wrong value of a block
    often fails only in the code that it is passed to. A line of the macros that all blocks share is the
    place only if no other template called them.
    """
    known = [*map(_displayed, error.findings)] if isinstance(error, HasFindings) else []
    frames = _frames(error)
    templates = [each for each in frames if each.is_template]
    if missing := all_missing_names(error, templates[-1].in_template) if templates else ():
        file = Path(templates[-1].file)
        known += [_found(code, file, line, text, advice) for line, (code, text, advice) in missing]
    if known or (known := _with_own_place(error, frames)):
        return list(dict.fromkeys(known))
    code, message, advice = _explained(error, frames)
    place = _own(frames) or _last(frames, PACKAGE) or (frames[-1] if frames else None)
    if place is None:
        return [Finding(code, Severity.ERROR, Place(file="plugin-server"), message, advice)]
    if templates and is_shared(templates[-1].file) and not is_shared(place.file):
        inner = templates[-1]
        message += f", in line {inner.line} of {display_path(Path(inner.file))}"
    return [_found(code, Path(place.file), place.line, message, advice)]


def _with_own_place(error: BaseException, frames: Sequence["_Frame"]) -> list[Finding]:
    """Return the finding of an exception that knows its place; none for any other."""
    if isinstance(error, HasSource):
        return [_found("exception", error.file, error.line, error.problem)]
    if isinstance(error, SyntaxError) and error.filename:
        return [_found("python-syntax", Path(error.filename), error.lineno, error.msg)]
    if isinstance(error, SyntaxError):
        return _unreadable_module()
    if isinstance(error, TemplateSyntaxError):
        return [_syntax_error(error, Path(error.filename or error.name or ""))]
    if isinstance(error, TemplateNotFound):
        return [_missing_template(error, _own(frames))]
    if isinstance(error, UnusableContext) and error.block:
        return [_unusable_context(error)]
    return []


def _found(code: str, file: Path, line: int | None, message: str, advice: str = "") -> Finding:
    """Return a finding with its line of a file, if that can be read."""
    try:
        lines = read_text_file(file).split("\n")
    except UnreadableText:
        lines = []
    source = lines[line - 1] if line and line <= len(lines) else ""
    column = len(source) - len(source.lstrip()) + 1 if source else 0
    place = Place(line or 0, column, file=display_path(file))
    text = " ".join(message.splitlines())
    return Finding(code, Severity.ERROR, place, text, advice, source_line=source)


def _displayed(finding: Finding) -> Finding:
    """Return a finding of the renderer, whose file is a whole path or a template's name."""
    place = finding.place
    if not place.file:
        return finding
    if not finding.source_line and place.line:
        found = _found("", Path(place.file), place.line, "")
        place = replace(place, column=place.column or found.place.column)
        finding = replace(finding, source_line=found.source_line)
    return replace(finding, place=replace(place, file=display_path(Path(place.file))))


class _Frame(NamedTuple):
    """A line of a traceback, with its variables."""

    file: str
    line: int
    names: Mapping[str, object]
    is_template: bool

    @property
    def in_template(self) -> TemplateFrame:
        return TemplateFrame(self.file, self.line, self.names)


def _frames(error: BaseException) -> list[_Frame]:
    """Return the lines of an exception's traceback, the innermost last."""
    return [
        _Frame(
            frame.f_code.co_filename,
            line,
            frame.f_locals,
            # Jinja puts such frames in the place of those of compiled templates.
            "__jinja_exception__" in frame.f_globals,
        )
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]


def _own(frames: Sequence[_Frame]) -> _Frame | None:
    """Return the innermost line of the developer's own files, or else of a shared template.

    For a package of blocks, the built-in blocks' modules are not its own.
    """
    folders = [f for each in installed_packages()[1:] for f in (each.folder, each.templates)]
    own = [each for each in frames if _is_below(each, *folders)] or [
        each
        for each in frames
        if (_is_below(each, built_in_package().folder) and Path(each.file).name not in _FRAMEWORK)
        or (each.is_template and not is_shared(each.file))
    ]
    found = own or [each for each in frames if each.is_template]
    return _repeated(own) or (found[-1] if found else None)


def _is_below(frame: _Frame, *folders: Path) -> bool:
    return any(Path(frame.file).is_relative_to(folder) for folder in folders)


def _repeated(frames: Sequence[_Frame]) -> _Frame | None:
    """Return the line that an endless recursion comes back to; ``None`` if there is none."""
    counted = Counter((each.file, each.line) for each in frames)
    most = counted.most_common(1)
    if not most or most[0][1] < _ENDLESS:
        return None
    return next(each for each in frames if (each.file, each.line) == most[0][0])


def _last(frames: Sequence[_Frame], *folders: Path) -> _Frame | None:
    below = [each for each in frames if _is_below(each, *folders)]
    return below[-1] if below else None


def _explained(error: BaseException, frames: Sequence[_Frame]) -> tuple[str, str, str]:
    """Return the code, message and advice for an exception."""
    templates = [each.in_template for each in frames if each.is_template]
    if explained := explain_template_error(error, templates):
        return explained
    if isinstance(error, UnknownSetting):
        return "unknown-setting", error.problem, ""
    if isinstance(error, UndeclaredScope):
        message, _, advice = str(error).partition("; ")
        return "undeclared-scope", message, f"{advice[:1].upper()}{advice[1:]}."
    message = f"{type(error).__name__}: {error}"
    if isinstance(error, ImportError):
        return "import", *_import_error(error, message)
    if isinstance(error, RecursionError) and templates:
        message = "RecursionError: it includes or calls itself without end"
    if isinstance(error, AttributeError) and error.name:
        return "exception", message, suggestion(error.name, dir(error.obj))
    if isinstance(error, NameError) and error.name and frames:
        return "exception", message, suggestion(error.name, [*frames[-1].names, *dir(builtins)])
    return "exception", message, ""


def _import_error(error: ImportError, message: str) -> tuple[str, str]:
    """Return what cannot be imported, and what to do."""
    if isinstance(error, ModuleNotFoundError):
        required = "install the package that has it, and name it in pyproject.toml's dependencies"
        return message, f"Correct its name, or {required}."
    found = _NO_SUCH_NAME.match(str(error))
    module = sys.modules.get(found[2]) if found else None
    if not found or module is None:
        return message, ""
    return f"{found[2]} has no “{found[1]}”", suggestion(found[1], dir(module))


def _syntax_error(error: TemplateSyntaxError, file: Path) -> Finding:
    if error.source and "Unexpected end of template" in str(error.message):
        line, name = unclosed_statement(error.source)
        if line:
            advice = f"Write {{% end{name} %}} where it ends."
            return _found("template-syntax", file, line, f"{{% {name} %}} is never closed", advice)
    code, message, advice = explain_template_error(error, ()) or ("template-syntax", str(error), "")
    return _found(code, file, error.lineno, message, advice)


def _unusable_context(error: UnusableContext) -> Finding:
    """Return the line of a block's module that puts such a value in its context."""
    package = package_of(error.block) or built_in_package()
    file = package.module_file(error.block)
    name = re.split(r"[.\[]", error.path)[0]
    line = None
    try:
        for node in ast.walk(ast.parse(read_text_file(file))):
            if isinstance(node, ast.FunctionDef) and node.name == "context":
                line = line or node.lineno
            elif isinstance(node, ast.Constant) and node.value == name:
                line = node.lineno
    except (UnreadableText, SyntaxError):
        line = None
    return _found("context-type", file, line, error.problem, error.advice)


def _unreadable_module() -> list[Finding]:
    """Return the first module that cannot be parsed: for a null character, Python does not name the file."""
    files = sorted(PACKAGE.rglob("*.py"))
    return [*chain.from_iterable(_read(file, _in_python) for file in files)][:1]


def _missing_template(error: TemplateNotFound, place: _Frame | None) -> Finding:
    missing = display_path(TEMPLATES / str(error.name))
    file, line = (Path(place.file), place.line) if place else _importing(str(error.name))
    if line:
        return _found("missing-template", file, line, f"there is no template {missing}")
    message = "there is no such template, and a block needs it"
    return Finding("missing-template", Severity.ERROR, Place(file=missing), message)


def _importing(name: str) -> tuple[Path, int]:
    """Return the file and line of the first template that imports another; line 0 if none does."""
    for package in installed_packages():
        for file in sorted(package.templates.glob("[bm]*/*.html")):
            if line := _line_of_import(file, name):
                return file, line
    return Path(), 0


def _line_of_import(file: Path, name: str) -> int:
    try:
        tree = jinja_environment().parse(read_text_file(file))
    except (UnreadableText, TemplateSyntaxError):
        return 0
    statements = chain.from_iterable(map(tree.find_all, _IMPORTS))
    return next((each.lineno for each in statements if _imports(each, name)), 0)


def _imports(statement: nodes.Node, name: str) -> bool:
    template = getattr(statement, "template", None)
    return isinstance(template, nodes.Const) and template.value == name


def source_findings(file: Path) -> list[Finding]:
    """Return everything that is wrong in a module or a template of a developer, without running it."""
    reader = _READERS.get(file.suffix)
    return _read(file, reader) if reader else []


def _read(file: Path, reader: Callable[[Path, str], list[Finding]]) -> list[Finding]:
    try:
        return reader(file, read_text_file(file))
    except UnreadableText as error:
        return [_found("not-text", file, None, f"it {error.reason}")] if file.exists() else []


def _in_python(file: Path, text: str) -> list[Finding]:
    try:
        with warnings.catch_warnings(action="ignore"):
            compile(text, file, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:  # ValueError: a null character
        line = getattr(error, "lineno", None)
        return [_found("python-syntax", file, line, getattr(error, "msg", str(error)))]
    return []


def _in_template(file: Path, text: str) -> list[Finding]:
    env = jinja_environment()
    try:
        found = unknown_names(
            env.parse(text, file.name, str(file)), env, name_of_template(str(file))
        )
    except TemplateSyntaxError as error:
        return [_syntax_error(error, file)]
    return [_found(each.code, file, each.place.line, each.message, each.advice) for each in found]


def _in_settings(file: Path, text: str, context: Context) -> list[Finding]:
    shown = display_path(file)
    errors = check(text, context).errors
    return [replace(each, place=replace(each.place, file=shown)) for each in errors]


_READERS = {".py": _in_python, ".html": _in_template}
