"""Words for a terminal: text that cannot steer it, and counts."""


def printable(text: str) -> str:
    """Return text that cannot steer a terminal: anyone's file may hold escape sequences."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


def counted(number: int, noun: str) -> str:
    """Return ``1 file`` or ``2 files``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
