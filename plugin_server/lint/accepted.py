"""Findings in our own blocks that stay, each for a reason. A test removes those no longer found."""

from plugin_server.findings.finding import Finding

# (code, feature, client); feature and client are empty for findings that are not about clients.
Key = tuple[str, str, str]

_MEDIA_QUERY = (
    "The one media query only gives phones better columns and margins; without it every layout "
    "still fits its place."
)
_LONG_WORDS = (
    "overflow-wrap and word-break stand together: where neither works, a very long word makes the "
    "block wider, and nothing is lost."
)

ACCEPTED: dict[Key, str] = {
    ("client-unsupported", "css-at-media", "gmail"): _MEDIA_QUERY,
    ("client-unsupported", "css-at-media", "outlook"): _MEDIA_QUERY,
    ("client-unsupported", "css-selector-class", "gmail"): _MEDIA_QUERY,
    ("client-unsupported", "html-style", "gmail"): _MEDIA_QUERY,
    ("client-unsupported", "css-border-radius", "outlook"): (
        "Square corners in classic Outlook; VML would need comments, which Kit may drop."
    ),
    ("client-unsupported", "css-min-width", "outlook"): (
        "It makes columns wrap on phones; classic Outlook keeps them side by side at their width."
    ),
    ("client-unsupported", "css-overflow-wrap", "gmail"): _LONG_WORDS,
    ("client-unsupported", "css-overflow-wrap", "outlook"): _LONG_WORDS,
    ("client-unsupported", "css-overflow-wrap", "yahoo"): _LONG_WORDS,
    ("client-unsupported", "css-word-break", "outlook"): _LONG_WORDS,
    ("client-unsupported", "css-word-break", "yahoo"): _LONG_WORDS,
}


def reason(finding: Finding) -> str | None:
    """Return why a finding in one of our own blocks is accepted; ``None`` when it is not."""
    return ACCEPTED.get((finding.code, finding.feature, finding.client))
