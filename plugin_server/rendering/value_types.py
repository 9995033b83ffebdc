"""What a value is once it is printed: the kinds of ``str`` that a block's context holds.

A plain ``str`` is a text. Whoever makes a string that is something else says so by its type, so that
nobody who uses it has to: settings are parsed to these types, and URLs and colors come from their parsers.
An operation of ``str`` on any of them, such as joining two, gives a plain ``str`` again: a text.
"""


class Url(str):
    """A URL in the one spelling of ``rendering.urls``."""

    __slots__ = ()


class Color(str):
    """An opaque color as ``#rrggbb`` in lower case, from ``rendering.css``."""

    __slots__ = ()


class Choice(str):
    """One of a fixed number of values, such as an option of a select or a text's direction.

    It decides how a block looks: templates may compare it, and print it where the markup is to differ.
    """

    __slots__ = ()
