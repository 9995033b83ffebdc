"""Traces rendered HTML back to the lines of the templates that wrote it, for messages to developers.

A template is run once more, in a copy of the environment whose templates print marks between what they
write. The marks are characters that no text may contain, and are removed before the HTML is looked at.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from threading import Lock
from types import CodeType
from typing import NamedTuple

from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from typing_extensions import override

# Noncharacters, with the number of the mark between them.
_BEGIN, _END = "\ufdd1", "\ufdd2"
_MARK = re.compile(f"{_BEGIN}(\\d+){_END}")
_NESTED = ("call", "include")
_INDENTATION = " \t"


class TemplateLine(NamedTuple):
    """A line of a template.

    Attributes:
        name: of the template, for the environment's loader.
        file: its path; ``""`` when it has none.
        line: from 1.
    """

    name: str
    file: str
    line: int


class _Mark(NamedTuple):
    """What starts at a mark: ``text`` on a line, a ``nested`` output, or what follows its ``end``."""

    kind: str
    line: TemplateLine


class _Numbers:
    """The numbers of all marks: equal ones have one, so that they are as many as templates have lines."""

    def __init__(self) -> None:
        self.marks: list[_Mark] = []
        self._of: dict[_Mark, int] = {}
        self._lock = Lock()

    def number(self, mark: _Mark) -> int:
        with self._lock:
            if mark not in self._of:
                self._of[mark] = len(self.marks)
                self.marks.append(mark)
            return self._of[mark]


_NUMBERS = _Numbers()


class _Marks(Extension):
    """Adds the marks to templates as they are compiled."""

    @override
    def filter_stream(self, stream: TokenStream) -> Iterable[Token]:
        return self._marked([*stream], stream.name or "", stream.filename or "")

    def _marked(self, tokens: list[Token], name: str, file: str) -> Iterator[Token]:
        def mark(kind: str, line: int) -> Token:
            return Token(line, "data", self._mark(kind, TemplateLine(name, file, line)))

        statement = ""
        for at, token in enumerate(tokens):
            if token.type == "data":
                yield Token(token.lineno, "data", self._marked_text(token, name, file))
                continue
            if token.type == "block_begin":
                statement = tokens[at + 1].value
            if token.type == "variable_begin" or (
                token.type == "block_begin" and statement in _NESTED
            ):
                yield mark("nested", token.lineno)
            yield token
            if token.type == "variable_end" or (
                token.type == "block_end" and statement in ("endcall", "include")
            ):
                yield mark("end", token.lineno)

    def _marked_text(self, token: Token, name: str, file: str) -> str:
        lines = enumerate(token.value.split("\n"), token.lineno)
        return "\n".join(
            self._mark("text", TemplateLine(name, file, line)) + text for line, text in lines
        )

    def _mark(self, kind: str, line: TemplateLine) -> str:
        return f"{_BEGIN}{_NUMBERS.number(_Mark(kind, line))}{_END}"


class CompiledTemplates(BytecodeCache):
    """The code of templates, in memory: of each, that of the source that it had last.

    Compiling the macros that all blocks import takes ten times as long as running a block. Each run has a
    copy of the environment, which would compile them again. Only copies that compile alike may share this.
    """

    def __init__(self) -> None:
        """Create it empty."""
        self._codes: dict[str, tuple[str, CodeType | None]] = {}

    @override
    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a template its code, unless its source is another one now."""
        checksum, code = self._codes.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    @override
    def dump_bytecode(self, bucket: Bucket) -> None:
        """Note the code of a template."""
        self._codes[bucket.key] = (bucket.checksum, bucket.code)


@lru_cache(maxsize=8)
def compiled_templates(_: Environment, *, is_lenient: bool = False) -> CompiledTemplates:
    """Return the code that copies of an environment share; lenient ones share another."""
    return CompiledTemplates()


class TracedHtml:
    """Rendered HTML that knows which lines of templates wrote it.

    Attributes:
        html: without indentation and blank lines.
    """

    def __init__(
        self,
        environment: Environment,
        run: Callable[[Environment], str],
        compiled: CompiledTemplates | None = None,
    ) -> None:
        """Run a template in an environment that marks what templates write.

        Args:
            environment: whose loader, filters and functions are used.
            run: returns what a template prints in an environment.
            compiled: what environments that compile as this one does have compiled with marks; by default,
                what this one has.
        """
        codes = compiled or compiled_templates(environment)
        printed = run(environment.overlay(extensions=[_Marks], bytecode_cache=codes))
        self._starts: list[int] = []
        self._lines: list[tuple[TemplateLine, ...]] = []
        plain = self._read(printed, _NUMBERS.marks)
        # The offsets of each line, in the HTML and in what was printed.
        self._kept: list[tuple[int, int]] = []
        self.html = self._without_indentation(plain)

    def _read(self, printed: str, marks: list[_Mark]) -> str:
        """Return what was printed without the marks, and note what starts where."""
        plain: list[str] = []
        levels: list[TemplateLine | None] = [None]
        size = last = 0
        for found in _MARK.finditer(printed):
            plain.append(printed[last : found.start()])
            size += len(plain[-1])
            last = found.end()
            kind, line = marks[int(found[1])]
            if kind == "end" and len(levels) > 1:
                levels.pop()
            levels[-1] = line
            self._starts.append(size)
            self._lines.append(tuple(filter(None, levels)))
            if kind == "nested":
                levels.append(None)
        return "".join((*plain, printed[last:]))

    def _without_indentation(self, plain: str) -> str:
        """Return the HTML as ``renderer.strip_indentation`` does, and note where its lines were."""
        kept: list[str] = []
        offset = size = 0
        for line in plain.split("\n"):
            if stripped := line.strip(_INDENTATION):
                self._kept.append((size, offset + line.index(stripped)))
                kept.append(stripped)
                size += len(stripped) + 1
            offset += len(line) + 1
        return "\n".join(kept)

    def lines_at(self, offset: int) -> tuple[TemplateLine, ...]:
        """Return the lines that wrote what is at an offset of the HTML: the outermost first.

        The last one has the text; those before it have the calls that led there.
        """
        at = bisect_right(self._kept, offset, key=lambda each: each[0]) - 1
        if at < 0:
            return ()
        start, printed = self._kept[at]
        found = bisect_right(self._starts, printed + offset - start) - 1
        return self._lines[found] if found >= 0 else ()


_runs: ContextVar[list[Callable[[], TracedHtml]] | None] = ContextVar("runs", default=None)


@contextmanager
def remembering_runs() -> Iterator[list[Callable[[], TracedHtml]]]:
    """Yield a list to which each block that is rendered in this context adds a function.

    The function runs the block's template once more, with the same values, and returns its traced HTML.
    """
    runs: list[Callable[[], TracedHtml]] = []
    token = _runs.set(runs)
    try:
        yield runs
    finally:
        _runs.reset(token)


def remember_run(run: Callable[[], TracedHtml]) -> None:
    """Add a run to those that ``remembering_runs`` yields; does nothing outside of it."""
    if (runs := _runs.get()) is not None:
        runs.append(run)
