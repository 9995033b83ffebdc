"""What the checks tell a developer: one record for each thing to mend or to know."""

from dataclasses import dataclass

from plugin_server.lint.findings import Finding, Severity


@dataclass(frozen=True)
class Remark:
    """One thing about an answer.

    Attributes:
        message: what is wrong.
        hint: why it matters and what to do.
        line: of the block's HTML, from 1; ``None`` when it is about no line.
        url: of a page that says more, or ``""``.
    """

    severity: Severity
    message: str
    hint: str
    line: int | None = None
    url: str = ""

    @classmethod
    def of(cls, finding: Finding) -> "Remark":
        """Return what the lint found as a remark, beginning with a capital."""
        message = finding.message[:1].upper() + finding.message[1:]
        line = finding.place.line
        return cls(finding.severity, message, finding.hint, line, finding.url)


def error(message: str, hint: str, line: int | None = None) -> Remark:
    """Return what keeps a block from working in Kit."""
    return Remark(Severity.ERROR, message, hint, line)


def warning(message: str, hint: str, line: int | None = None) -> Remark:
    """Return what goes wrong for some."""
    return Remark(Severity.WARNING, message, hint, line)


def info(message: str, hint: str, line: int | None = None) -> Remark:
    """Return what is good to know."""
    return Remark(Severity.INFO, message, hint, line)
