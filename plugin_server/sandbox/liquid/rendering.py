"""Renders a dynamic block's Liquid for several readers, and finds what wrote each tag and what stayed empty.

Besides the template itself, a copy is rendered in which each start tag carries its number as an attribute;
where an output prints nothing, the worker writes a mark in that copy. Without these, it has to be what the
template gives: where a filter works on the marks, there are none.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser
from secrets import token_hex
from threading import Lock
from typing import Any

from cachetools import LRUCache

from plugin_server.sandbox.editor.start_tags import MARK, MARKS, numbers_of, start_tags
from plugin_server.sandbox.liquid.problems import Problem, problem_of
from plugin_server.sandbox.liquid.processes import Ended, Processes

# Of the element that shows where nothing was printed; emails do not have it (templates/sandbox/email.html).
EMPTY = "sandbox-empty"
_LIQUID = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_VARIABLE = re.compile(r"\{\{-?\s*(\w+)\s*-?\}\}")
_CACHED = 64


@dataclass(frozen=True)
class Empty:
    """An output that printed nothing.

    Attributes:
        source: the output as it is written, such as ``{{ subscriber.city }}``; of a variable that the
            template assigns, what it is assigned from.
        line: of the template, from 1.
        column: in characters, from 1.
        is_text: whether readers would see it; otherwise it stands in a tag, a comment or a style sheet.
    """

    source: str
    line: int
    column: int
    is_text: bool


@dataclass(frozen=True)
class Sent:
    """What one reader gets.

    Attributes:
        html: the rendered HTML, ``""`` where there is a problem.
        marked: the same with start tags that carry their numbers in the template, and an element ``EMPTY``
            wherever text is empty.
        numbers: for each start tag of ``html``, its number in the template; ``None`` where Liquid wrote it,
            and none at all where they are not known.
        empties: each output that printed nothing, once, in the order of the HTML.
    """

    html: str = ""
    marked: str = ""
    numbers: tuple[int | None, ...] = ()
    empties: tuple[Empty, ...] = ()
    problem: Problem | None = None


class LiquidRenderer:
    """Renders templates in processes of their own, and caches the last results; threads share it."""

    def __init__(self, processes: Processes | None = None) -> None:
        """Take the processes, which are stopped with the renderer."""
        self._processes = processes or Processes()
        self._cache: LRUCache[tuple[str, str], tuple[Sent, ...]] = LRUCache(_CACHED)
        self._lock = Lock()

    def render(self, template: str, contexts: Sequence[Mapping[str, Any]]) -> tuple[Sent, ...]:
        """Return what each reader gets of a template; all have the same problem if it cannot be parsed.

        Args:
            template: anybody's HTML with Liquid.
            contexts: the variables for each reader: JSON values.
        """
        key = template, json.dumps(contexts)
        with self._lock:
            found = self._cache.get(key)
        if found is None:
            found = self._render(template, contexts)
            with self._lock:
                self._cache[key] = found
        return found

    def stop(self) -> None:
        """Stop the processes."""
        self._processes.stop()

    def _render(self, template: str, contexts: Sequence[Mapping[str, Any]]) -> tuple[Sent, ...]:
        marks = _Marks(template)
        try:
            response = self._processes.render(template, marks.traced, contexts, marks.pattern)
        except Ended as ended:
            return (Sent(problem=Problem(str(ended))),) * len(contexts)
        if found := response.get("problem"):
            return (Sent(problem=problem_of(found, template)),) * len(contexts)
        return tuple(marks.sent(result) for result in response["results"])


class _Marks:
    """A template with its marks, and how to read what is rendered of it."""

    def __init__(self, template: str) -> None:
        self._template = template
        nonce = f"\ue000{token_hex(8)}:"
        self.pattern = f"{nonce}{{}}\ue001"
        self._empty = re.compile(f"{nonce}([0-9]+)\ue001")
        self._places = [] if MARK in template else list(_outside_liquid(template))
        pieces, last, added = [], 0, 0
        # From where on in the traced template how many characters are marks.
        self._added = [(0, 0)]
        for number, place in self._places:
            mark = f' {MARK}="{number}"'
            pieces.append(template[last:place] + mark)
            self._added.append((place + added, added + len(mark)))
            last, added = place, added + len(mark)
        self.traced = "".join((*pieces, template[last:]))

    def sent(self, result: Mapping[str, Any]) -> Sent:
        """Return what a reader gets of one result of the worker."""
        if found := result.get("problem"):
            return Sent(problem=problem_of(found, self._template))
        html, traced = result["html"], result["traced"]
        numbered = "" if traced is None else self._empty.sub("", traced)
        if traced is None or MARKS.sub("", numbered) != html or MARK in html:
            return Sent(html, html)
        texts = _texts(traced) if self._empty.search(traced) else []
        empties: dict[int, Empty] = {}
        pieces, last = [], 0
        for mark in self._empty.finditer(traced):
            is_text = any(start <= mark.start() < end for start, end in texts)
            empty = self._empty_at(int(mark[1]), is_text=is_text)
            empties.setdefault(int(mark[1]), empty)
            shown = f'<{EMPTY} title="{escape(empty.source)}"></{EMPTY}>' if is_text else ""
            pieces.append(traced[last : mark.start()] + shown)
            last = mark.end()
        marked = "".join((*pieces, traced[last:]))
        return Sent(html, marked, tuple(numbers_of(numbered)), tuple(empties.values()))

    def _empty_at(self, traced_at: int, *, is_text: bool) -> Empty:
        _, added = self._added[bisect_right(self._added, (traced_at, len(self.traced))) - 1]
        at = traced_at - added
        written = _LIQUID.match(self._template, at)
        line = self._template.count("\n", 0, at) + 1
        column = at - self._template.rfind("\n", 0, at)
        source = written[0] if written else self._template[at : at + 40].partition("%}")[0]
        if variable := _VARIABLE.fullmatch(source):
            assigned = re.compile(rf"{{%-?\s*assign\s+{variable[1]}\s*=\s*([\w.-]+)")
            source = next((m[1] for m in assigned.finditer(self._template, 0, at)), source)
        return Empty(" ".join(source.split()), line, column, is_text)


def _outside_liquid(template: str) -> list[tuple[int, int]]:
    """Return the number and the end of the name of each start tag that no Liquid holds."""
    spans = [match.span() for match in _LIQUID.finditer(template)]
    starts = [start for start, _ in spans]
    found = []
    for number, tag in enumerate(start_tags(template)):
        before = bisect_right(starts, tag.end_of_name - 1) - 1
        if before < 0 or spans[before][1] <= tag.end_of_name - len(tag.name):
            found.append((number, tag.end_of_name))
    return found


def _texts(html: str) -> list[tuple[int, int]]:
    """Return where the text is that readers see, as offsets in any HTML."""
    reader = _TextReader(html)
    # As in checks/kit_rules.py: an open comment would be looked at again and again, so it is closed here.
    with suppress(AssertionError):
        reader.feed(f"{html}-->")
        reader.close()
    return reader.found


class _TextReader(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[tuple[int, int]] = []
        self._lines = [0, *(match.end() for match in re.finditer("\n", html))]

    def handle_data(self, data: str) -> None:
        if self.cdata_elem is None:
            line, column = self.getpos()
            start = self._lines[line - 1] + column
            self.found.append((start, start + len(data)))
