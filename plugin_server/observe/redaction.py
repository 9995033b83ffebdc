"""Redacts secrets and email addresses from log lines, as the last line of defence.

Our own code logs ids, kinds and counts only. This is for the texts of others: messages of exceptions, and
lines of libraries.
"""

import re
from collections.abc import Iterable

# Characters; longer texts are cut, so that the patterns are never slow.
_LONGEST = 16_000

_NAMES = r"token|secret|password|passphrase|api_?key|authorization|cookie|verifier"
_RULES = (
    # user:password@ of a URL, and its query
    (re.compile(r"://[^/\s@'\"]{1,256}@"), "://[redacted]@"),
    (re.compile(r"(?<=[\w/])\?[^\s'\"<>=]*=[^\s'\"<>]*"), "?[redacted]"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[^\s'\",;]+"), r"\1 [redacted]"),
    (
        re.compile(rf"(?i)((?:{_NAMES})['\"]?\s*[=:]\s*['\"]?)[^\s'\",;&}}]+"),
        r"\1[redacted]",
    ),
    (re.compile(r"\bkit_\w+"), "[redacted]"),
    # What looks like random bytes: long, with digits and letters, and so neither a word nor a path.
    (re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{24,}", re.ASCII), "[redacted]"),
)
_EMAIL_PART = r"[^\s@<>()\[\]'\",:;=]"
_EMAIL = re.compile(rf"{_EMAIL_PART}{{1,64}}@{_EMAIL_PART}{{1,255}}")


class Redactor:
    """Redacts the secrets that it is given, and whatever looks like one."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """Take the secrets of this process; short ones are ignored, as they could match words."""
        self._secrets = sorted({each for each in secrets if len(each) >= 8}, key=len, reverse=True)

    def holds_secret(self, text: str) -> bool:
        """Return, quickly, whether a text made from our own ids contains a secret or an email address."""
        if "@" in text:
            return True
        for secret in self._secrets:  # noqa: SIM110 - any() takes twice as long, for each request
            if secret in text:
                return True
        return False

    def clean(self, text: str) -> str:
        """Return a text without secrets and email addresses."""
        text = text[:_LONGEST]
        for secret in self._secrets:
            text = text.replace(secret, "[redacted]")
        for pattern, instead in _RULES:
            text = pattern.sub(instead, text)
        return _EMAIL.sub("[email]", text) if "@" in text else text
