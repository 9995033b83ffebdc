"""The last line of defence of the log: takes out what looks like a secret or an email address.

The code logs ids, kinds and counts only. What this is for are texts of others: the messages of
exceptions, and the lines of libraries.
"""

import re
from collections.abc import Iterable

# Characters; what is longer is cut, so that no text makes the patterns slow.
_LONGEST = 16_000

_NAMES = r"token|secret|password|passphrase|api_?key|authorization|cookie|verifier"
_RULES = (
    # user:password@ of an address, and its query
    (re.compile(r"://[^/\s@'\"]{1,256}@"), "://[redacted]@"),
    (re.compile(r"(?<=[\w/])\?[^\s'\"<>=]*=[^\s'\"<>]*"), "?[redacted]"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[^\s'\",;]+"), r"\1 [redacted]"),
    (
        re.compile(rf"(?i)((?:{_NAMES})['\"]?\s*[=:]\s*['\"]?)[^\s'\",;&}}]+"),
        r"\1[redacted]",
    ),
    (re.compile(r"\bkit_\w+"), "[redacted]"),
    # What is made of random bytes: long, with digits and letters, and so neither a word nor a path.
    (re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{24,}", re.ASCII), "[redacted]"),
)
_ADDRESS = r"[^\s@<>()\[\]'\",:;=]"
_EMAIL = re.compile(rf"{_ADDRESS}{{1,64}}@{_ADDRESS}{{1,255}}")


class Redactor:
    """Takes secrets out of texts: those it was told, and whatever looks like one."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """Take the secrets that this process knows; short ones would take words out of sentences."""
        self._secrets = sorted({each for each in secrets if len(each) >= 8}, key=len, reverse=True)

    def holds_secret(self, text: str) -> bool:
        """Return, cheaply, whether a text made of our own ids holds what it must not."""
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
