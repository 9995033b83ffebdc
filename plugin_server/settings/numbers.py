"""Numbers as creators type them: the strings that ``numericalInput`` sends, read as decimals."""

import re
from decimal import Decimal

# Nothing that a block shows has more digits; beyond them a number is a slip, or an attack on
# the code that writes it out in full (1e999999999).
_LONGEST = 40
_LARGEST = 10**12
_DECIMALS = Decimal("1e-6")
_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_SPACES = re.compile(r"(?<=\d)[ '\u00a0\u2009\u202f\u2019](?=\d{3}(?!\d))", re.ASCII)
_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?", re.ASCII)
_DOTTED_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}(?:(?:\.\d{3})+,\d*|(?:\.\d{3}){2,})", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d*", re.ASCII)


def read_number(raw: object) -> Decimal:
    """Return a finite decimal from a JSON number or from what a creator typed.

    ``1e3`` is a thousand. Spaces and apostrophes between thousands are dropped. A single comma
    before exactly three digits separates thousands, as in Kit's own language (``1,000`` is a
    thousand), any other single comma is a decimal comma (``12,5``). With both signs the later one
    is decimal (``1,000.50`` and ``1.000,50`` are the same). A single dot is always decimal.

    The result prints without an exponent and is never a negative zero; digits after the twelfth
    decimal are rounded away.

    Raises:
        ValueError: not a number, not finite, or beyond a trillion.
    """
    number = Decimal(_digits(raw))
    if abs(number) > _LARGEST:
        raise ValueError("a number out of all bounds")
    if int(number.as_tuple().exponent) < -6:
        number = number.quantize(_DECIMALS)
    return Decimal(f"{number + 0:f}")


def _digits(raw: object) -> str:
    """Return the number's plain spelling, with a dot if anything."""
    if isinstance(raw, bool):
        raise ValueError("not a number")
    if isinstance(raw, int | float):
        # Before it is written out: Python refuses to write integers of thousands of digits. NaN
        # is not within anything.
        if not -_LARGEST <= raw <= _LARGEST:
            raise ValueError("a number out of all bounds")
        return str(raw)
    if not isinstance(raw, str) or len(raw) > _LONGEST:
        raise ValueError("not a number")
    text = _SPACES.sub("", raw.strip().replace("\u2212", "-"))
    if _GROUPS.fullmatch(text):
        text = text.replace(",", "")
    elif _DOTTED_GROUPS.fullmatch(text):
        text = text.replace(".", "").replace(",", ".")
    elif _DECIMAL_COMMA.fullmatch(text):
        text = text.replace(",", ".")
    if not _PLAIN.fullmatch(text):
        raise ValueError("not a number")
    return text


def written(number: Decimal) -> str:
    """Return a number as people write it: ``99.5``, ``1000``; never with an exponent."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
