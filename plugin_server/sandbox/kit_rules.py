"""What Kit refuses in a block's HTML, so that a block that works here works there.

Source: https://developers.kit.com/plugins/content-blocks/plugin-security
"""

import re
from html.parser import HTMLParser

_REFUSED_ELEMENTS = frozenset(
    {"script", "iframe", "audio", "video", "form", "input", "command", "action", "prompt"}
)
# CSS comments and escapes can hide the word from this search; Kit's own sanitizer is not known
# either, and nothing runs in the editor's frames whatever it says.
_REFUSED_CSS = {
    "url() in CSS": re.compile(r"url\s*\(", re.IGNORECASE),
    "@import in CSS": re.compile(r"@import", re.IGNORECASE),
}


def refusals(html: str) -> list[str]:
    """Return what Kit refuses in ``html``, each once, in the order of the document; ``[]`` if nothing."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return list(dict.fromkeys(reader.found))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self._in_style = tag == "style"
        if tag in _REFUSED_ELEMENTS:
            self.found.append(f"<{tag}>")
        if tag == "link" and "stylesheet" in values.get("rel", "").lower():
            self.found.append("an external style sheet")
        self._check_css(values.get("style", ""))

    def handle_endtag(self, tag: str) -> None:
        self._in_style = self._in_style and tag != "style"

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self._check_css(data)

    def _check_css(self, css: str) -> None:
        self.found.extend(name for name, pattern in _REFUSED_CSS.items() if pattern.search(css))
