"""What a creator may choose in a search field."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that a creator may choose; ``detail`` tells it from others of the same title."""

    title: str
    value: str
    detail: str | None = None
