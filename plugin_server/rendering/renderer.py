"""From a block's name and context to finished HTML that has passed the check."""

import logging
import re
from collections.abc import Mapping
from hashlib import blake2s

from plugin_server.errors import BlockRefused
from plugin_server.rendering.check import check
from plugin_server.rendering.environment import environment
from plugin_server.rendering.styles import EmailStyles

log = logging.getLogger(__name__)

# Bytes. A block should have a tenth of what Gmail shows of an email; check.py refuses twice this.
LARGE = 20_000
# SMTP allows 998 bytes a line (RFC 5321 section 4.5.3.1.6); the rest is the sender's margin.
_LONGEST_LINE = 900
# A style attribute is one word: a line break in a quoted font family would end its string.
_WORD = re.compile(r'[^ "]*style="[^"]*"[^ ]*|[^ ]+')


def class_name(block: str, instance: str) -> str:
    """Return a class that no other copy of a block in the same email bears, equal for equal input."""
    digest = blake2s(instance.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    return f"kb-{block}-{digest}"


def _fold(line: str) -> str:
    """Break a line that is too long for SMTP at spaces, which HTML reads like line breaks."""
    if len(line) * 4 <= _LONGEST_LINE or len(line.encode()) <= _LONGEST_LINE:
        return line
    folded: list[str] = []
    length = 0
    for word in _WORD.findall(line):
        size = len(word.encode()) + 1
        if folded and length + size > _LONGEST_LINE:
            folded.append("\n")
            length = 0
        elif folded:
            folded.append(" ")
        folded.append(word)
        length += size
    return "".join(folded)


def tidy(html: str) -> str:
    """Return ``html`` without indentation and blank lines, on lines short enough for SMTP."""
    lines = (line.strip(" \t") for line in html.split("\n"))
    return "\n".join(_fold(line) for line in lines if line)


def render_block(
    name: str, context: Mapping[str, object], styles: EmailStyles, *, instance: str
) -> str:
    """Render ``templates/blocks/<name>.html`` and check the result.

    The template sees the context, ``styles``, and ``css_class``: a class name of its own for the
    media query. Equal arguments give equal bytes.

    Args:
        name: a block's name.
        context: what the block's template needs.
        styles: of the email around the block.
        instance: any text that tells this copy from others, such as its settings.

    Raises:
        BlockRefused: the block broke a rule of ``check``; a bug, answered with HTTP 500.
    """
    template = environment().get_template(f"blocks/{name}.html")
    html = tidy(template.render(context, styles=styles, css_class=class_name(name, instance)))
    findings = check(html)
    if findings:
        # Rules and places only: the content is the creator's.
        log.error("Refused block %s: %s", name, "; ".join(map(str, findings)))
        raise BlockRefused
    if (size := len(html.encode())) > LARGE:
        log.warning("Block %s has %d bytes; Gmail cuts emails off at about 102,000", name, size)
    return html
