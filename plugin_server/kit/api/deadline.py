"""Until when something is worth doing."""

import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Deadline:
    """A moment on this process's own clock, which nobody sets back."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """Return the deadline that is so many seconds away."""
        return cls(time.monotonic() + seconds)

    def remaining(self) -> float:
        """Return how many seconds are left, 0 when it has passed."""
        return max(0.0, self.at - time.monotonic())
