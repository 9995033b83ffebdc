"""Deadlines on the process's monotonic clock."""

import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Deadline:
    """A time on the monotonic clock of this process, which is never set back."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """Return the deadline in some seconds from now."""
        return cls(time.monotonic() + seconds)

    def remaining(self) -> float:
        """Return how many seconds are left, 0 when it has passed."""
        return max(0.0, self.at - time.monotonic())
