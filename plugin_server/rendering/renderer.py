"""Renders a block: from its name and context to finished HTML that the gate has passed.

The first block of a look is prepared from its template and passes the whole gate (``prepare``); all others
of that look fill in the cached prepared block. ``prepared_block.py`` says why that is safe.
"""

import logging
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import cache, partial
from hashlib import blake2s
from typing import NamedTuple

from jinja2 import Environment

from plugin_server.errors import BlockRefused
from plugin_server.findings.finding import NOWHERE, Finding, error
from plugin_server.rendering.blank_placement import BlankBindings, MisplacedBlank
from plugin_server.rendering.context_shape import UnusableContext, bind_placeholders, split_context
from plugin_server.rendering.email_cache import Email, EmailCache
from plugin_server.rendering.email_styles import EmailStyles
from plugin_server.rendering.gate import MAX_BYTES, check
from plugin_server.rendering.jinja_environment import MissingName, PrintedNone, jinja_environment
from plugin_server.rendering.lenient_run import LenientRun
from plugin_server.rendering.personal.fields import DynamicBlock
from plugin_server.rendering.personal.helpers import run_of_template
from plugin_server.rendering.personal.judging import judge
from plugin_server.rendering.personal.personal_block import PersonalBlock
from plugin_server.rendering.placeholders import (
    Bindings,
    ClassPlaceholder,
    PlaceholderMisuse,
    StylesPlaceholder,
)
from plugin_server.rendering.prepared_block import PreparedBlock, UnsafeFilling
from plugin_server.rendering.prepared_cache import Look, PreparedCache
from plugin_server.rendering.refusal import (
    ExplainedRefusal,
    explained_blank,
    explained_parts,
    located,
    without_consequences,
)
from plugin_server.rendering.template_trace import TracedHtml, remember_run
from plugin_server.rendering.value_bindings import ValueBindings

log = logging.getLogger(__name__)

# Bytes at which a warning is logged: a fifth of what Gmail shows of an email. The gate refuses twice this.
LARGE = 20_000
# Bytes. SMTP allows 998 in a line (RFC 5321 section 4.5.3.1.6); the rest is a margin for the sender.
_LONGEST_LINE = 900
# Anchored at the start of a line, which keeps the search linear. A character has at most 4 bytes.
_SURELY_SHORT = _LONGEST_LINE // 4
_LONG_LINE = re.compile(rf"^[^\n]{{{_SURELY_SHORT + 1},}}", re.MULTILINE)
_LONG_ASCII_LINE = re.compile(rf"^[^\n]{{{_LONGEST_LINE + 1},}}", re.MULTILINE)
# Bytes for which a value counts: of few characters that need several, or many that need one or two.
_VALUE_BYTES = 600
# A style attribute counts as one word: a line break in a quoted font family would end its string. So does a
# value that Liquid prints: a break within its braces would not be in the line that is sent.
_WORD = re.compile(r'(?:style="[^"]*"|\{\{ kb_\d+ \}\}|[^ ])+')

# Mistakes of templates besides those that the gate finds.
_MISTAKES = (PlaceholderMisuse, MissingName, PrintedNone)
# The share of the memory for prepared blocks, of which there are far fewer than emails.
_PREPARED_SHARE = 1 / 4
# The forms of Liquid that are remembered as judged; each block has a few.
_MAX_LIQUID = 500


def class_name(block: str, instance: str) -> str:
    """Return a class name that is unique to a copy of a block within its email, equal for equal input."""
    digest = blake2s(instance.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    return f"kb-{block}-{digest}"


def _fold_line(line: str) -> str:
    """Break a line that is too long for SMTP at spaces, which in HTML equal line breaks."""
    if _size(line) <= _LONGEST_LINE:
        return line
    folded: list[str] = []
    length = 0
    for word in _WORD.findall(line):
        size = _size(word) + 1
        if folded and length + size > _LONGEST_LINE:
            folded.append("\n")
            length = 0
        elif folded:
            folded.append(" ")
        folded.append(word)
        length += size
    return "".join(folded)


def _size(line: str) -> int:
    """Return about how many bytes a line has when it is sent."""
    return len(line if line.isascii() else line.encode()) + _VALUE_BYTES * line.count("{{")


def fold_lines(html: str) -> str:
    """Return ``html`` with lines that are short enough for SMTP, also of Liquid when it is sent."""
    if "{{" in html:
        lines = html.split("\n")
        for number, line in enumerate(lines):
            if len(line) > _SURELY_SHORT or "{{" in line:
                lines[number] = _fold_line(line)
        return "\n".join(lines)
    pattern = _LONG_ASCII_LINE if html.isascii() else _LONG_LINE
    return pattern.sub(lambda found: _fold_line(found[0]), html)


def strip_indentation(html: str) -> str:
    """Return ``html`` without indentation and blank lines."""
    lines = (line.strip(" \t") for line in html.split("\n"))
    return "\n".join(line for line in lines if line)


class Renderer:
    """Renders blocks; caches prepared blocks and the emails around them."""

    def __init__(self, *, megabytes: float, verifies: bool = False) -> None:
        """Create it with empty caches.

        Args:
            megabytes: the size of both caches together; 0 caches nothing.
            verifies: pass every block through the whole gate, and compare it with what the template makes
                of the values themselves: for tests, commands and the preview. Otherwise only the first
                block of each look passes through the whole gate.
        """
        self._prepared = PreparedCache(megabytes=megabytes * _PREPARED_SHARE)
        self._emails = EmailCache(megabytes=megabytes * (1 - _PREPARED_SHARE))
        self._verifies = verifies
        self._judged_liquid: set[bytes] = set()

    def render(
        self,
        name: str,
        context: Mapping[str, object],
        styles: Callable[[], EmailStyles],
        *,
        instance: str,
        email_digest: bytes,
        dynamic: DynamicBlock | None = None,
    ) -> str:
        """Return the finished HTML of ``templates/blocks/<name>.html``.

        The template gets the context and ``styles``, with placeholders for what is filled in, and
        ``css_class``, a class name of its own for the media query. Equal arguments give equal bytes.

        Args:
            name: a block's name.
            context: what the block's template needs: texts (``str``), the types of
                ``rendering.value_types``, numbers, booleans, ``None``, and lists, dictionaries and
                dataclasses of these.
            styles: returns the styles of the email around the block; called only when they are needed.
            instance: any text that is unique to this copy of the block, such as its settings.
            email_digest: equal for emails of equal styles only.
            dynamic: what is known of a dynamic block, whose HTML is Liquid that Kit renders.

        Raises:
            BlockRefused: the block broke a rule of the gate; a bug (HTTP 500). ``ExplainedRefusal`` if this
                renderer verifies.
            PlaceholderMisuse: the template uses a value in a way that placeholders do not allow; a bug.
            UnusableContext: the context has a value of a type that is not supported; a bug.
        """
        try:
            return self._render(_Source(name, context, dynamic), styles, instance, email_digest)
        except (BlockRefused, *_MISTAKES) as problem:
            if isinstance(problem, _Refused):
                # Only rules and places are logged: the content is the creator's.
                level = logging.INFO if self._verifies else logging.ERROR
                log.log(
                    level, "Refused block %s: %s", name, "; ".join(map(str, problem.broken_rules))
                )
            if not self._verifies:
                raise
            values = [*split_context(context)[1], class_name(name, instance)]
            findings = _explain(_Source(name, context, dynamic), styles(), values, problem)
            if isinstance(problem, BlockRefused):
                raise ExplainedRefusal(findings) from problem
            problem.findings = tuple(findings)
            raise

    def _render(
        self,
        source: "_Source",
        styles: Callable[[], EmailStyles],
        instance: str,
        email_digest: bytes,
    ) -> str:
        name, context, dynamic = source
        try:
            shape, values = split_context(context)
        except UnusableContext as unusable:
            unusable.block = name
            raise
        values.append(class_name(name, instance))
        email = self._emails.get(email_digest, styles)
        known_memory = email.memory
        look: Look = (name, email.colored, shape)
        if dynamic is not None:
            look = (name, email.colored, (dynamic.event_path, *shape))
        cached = self._prepared.get(look)
        if cached is not None and not self._verifies:
            html = _fill(cached, values, email)
            if len(html) * 4 > MAX_BYTES and len(html.encode()) > MAX_BYTES:
                raise _Refused([error("size", NOWHERE, f"over {MAX_BYTES} bytes")])
        else:
            prepared, html = self._verified(source, cached, values, email, styles)
            if cached is None:
                self._prepared.add(look, prepared)
        if email.memory != known_memory:
            self._emails.add(email_digest, email)
        if len(html) > LARGE // 4 and (size := len(html.encode())) > LARGE:
            log.warning("Block %s has %d bytes; Gmail cuts emails off at about 102,000", name, size)
        return html

    def _verified(
        self,
        source: "_Source",
        cached: PreparedBlock | None,
        values: list[str],
        email: Email,
        styles: Callable[[], EmailStyles],
    ) -> tuple[PreparedBlock, str]:
        """Return a prepared block, and a filling of it that has passed the whole gate."""
        prepared = cached or prepare(*source, colored=email.colored)
        # An error in the arguments of a function has the template's line here, and none later.
        expected = _unprepared(source, styles(), values) if self._verifies else None
        if self._verifies:
            remember_run(partial(_trace, source, styles(), values))
        html = _fill(prepared, values, email)
        if isinstance(prepared, PersonalBlock):
            is_known = cached is not None or (
                not self._verifies and prepared.liquid in self._judged_liquid
            )
            findings = judge(prepared, html, values, email, is_known=is_known)
        else:
            findings = check(html)
        if findings:
            raise _Refused(findings)
        if expected is not None and html != expected:
            message = "the template depends on what is filled in"
            raise _Refused([error("prepared", NOWHERE, message)])
        if isinstance(prepared, PersonalBlock):
            if len(self._judged_liquid) >= _MAX_LIQUID:
                self._judged_liquid.clear()
            self._judged_liquid.add(prepared.liquid)
        return prepared, html


class _Source(NamedTuple):
    """What the markup of a block is made from, besides the email around it."""

    name: str
    context: Mapping[str, object]
    dynamic: DynamicBlock | None

    def print(self, environment: Environment, styles: object, bindings: Bindings) -> str:
        """Return what the template prints."""
        template = environment.get_template(f"blocks/{self.name}.html")
        bound = bind_placeholders(self.context, bindings)
        css_class = ClassPlaceholder(bindings, bindings.take_number(), "css_class")
        with run_of_template(bindings, self.dynamic):
            return template.render(bound, styles=styles, css_class=css_class)


def prepare(
    name: str,
    context: Mapping[str, object],
    dynamic: DynamicBlock | None = None,
    *,
    colored: Collection[str],
) -> PreparedBlock:
    """Return the prepared block of the look that a context has.

    Args:
        name: the block's name.
        context: as for ``Renderer.render``; only its shape matters.
        dynamic: as for ``Renderer.render``.
        colored: the elements that have a color in the email.

    Raises:
        PlaceholderMisuse: the template uses a value in a way that placeholders do not allow.
    """
    source = _Source(name, context, dynamic)

    def run(bindings: Bindings) -> str:
        return _run_template(source, StylesPlaceholder(bindings, colored, Email.color), bindings)

    bindings = BlankBindings()
    try:
        return bindings.prepare(run(bindings))
    except MisplacedBlank as misplaced:
        # A second run, to raise the error at its line of the template.
        run(BlankBindings(misplaced.occurrence, misplaced.reason))
        raise


def _run_template(source: _Source, styles: object, bindings: Bindings) -> str:
    return strip_indentation(source.print(jinja_environment(), styles, bindings))


def _trace(source: _Source, styles: EmailStyles, values: list[str]) -> TracedHtml:
    """Return what a block's template makes of the values, with the lines of templates that wrote it."""
    bindings = ValueBindings([*values])
    return TracedHtml(jinja_environment(), lambda traced: source.print(traced, styles, bindings))


def _fill(prepared: PreparedBlock, values: list[str], email: Email) -> str:
    try:
        return fold_lines(prepared.fill(values, email))
    except UnsafeFilling as unsafe:
        raise _Refused([error(unsafe.code, NOWHERE, str(unsafe))]) from unsafe


def render_unprepared(
    name: str,
    context: Mapping[str, object],
    styles: EmailStyles,
    values: list[str],
    dynamic: DynamicBlock | None = None,
) -> str:
    """Return what a block's template makes of the values themselves, without blanks, caches or the gate.

    Args:
        name: the block's name.
        context: as for ``Renderer.render``.
        styles: the styles of the email around the block.
        values: those of the context, as ``split_context`` returns them, and the class name.
        dynamic: as for ``Renderer.render``.
    """
    return _unprepared(_Source(name, context, dynamic), styles, values)


def _unprepared(source: _Source, styles: EmailStyles, values: list[str]) -> str:
    bindings = ValueBindings([*values])
    return fold_lines(bindings.with_liquid(_run_template(source, styles, bindings)))


class _Refused(BlockRefused):
    """A refusal with the gate's findings, which repeat nothing of the content."""

    def __init__(self, findings: list[Finding]) -> None:
        self.broken_rules = findings
        super().__init__()


def _explain(
    source: _Source,
    styles: EmailStyles,
    values: list[str],
    problem: BlockRefused | PlaceholderMisuse | MissingName | PrintedNone,
) -> list[Finding]:
    """Return all that is wrong with a block, with the lines of its templates as far as they are known."""
    environment = jinja_environment()
    bindings = ValueBindings([*values])
    finished = LenientRun(environment, lambda lenient: source.print(lenient, styles, bindings))
    blanks = BlankBindings()
    looks = StylesPlaceholder(blanks, Email(styles).colored, Email.color)
    with_blanks = LenientRun(environment, lambda lenient: source.print(lenient, looks, blanks))
    broken_rules = problem.broken_rules if isinstance(problem, _Refused) else []
    if finished.html is None or with_blanks.html is None:
        return finished.mistakes or explained_parts("", (), broken_rules)
    html = finished.html
    found = [
        replace(each, message=bindings.named(each.message), rendered=bindings.named(each.rendered))
        for each in explained_parts(html.html, bindings.parts(html.html), broken_rules)
    ]
    misplaced = [explained_blank(each) for each in blanks.misplaced(with_blanks.html.html)]
    placed = located(misplaced, with_blanks.html, environment)
    return without_consequences([*finished.mistakes], placed, located(found, html, environment))


@cache
def verifying_renderer() -> Renderer:
    """Return the renderer of commands, examples and tests."""
    return Renderer(megabytes=16, verifies=True)


def render_block(
    name: str,
    context: Mapping[str, object],
    styles: EmailStyles,
    *,
    instance: str,
    dynamic: DynamicBlock | None = None,
) -> str:
    """Render a block and verify the result; arguments and errors are those of ``Renderer.render``."""
    return verifying_renderer().render(
        name,
        context,
        lambda: styles,
        instance=instance,
        email_digest=styles.digest,
        dynamic=dynamic,
    )
