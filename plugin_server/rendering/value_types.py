"""The value types of a block's context besides text: ``Url``, ``Color`` and ``Choice``.

A plain ``str`` is a text. The code that makes a string of another type says so once, so that the code that
uses it does not have to: settings are parsed to these types, and URLs and colors come from their parsers.
An operation of ``str`` on any of them, such as concatenation, gives a plain ``str``, that is, a text.
"""


class Url(str):
    """A URL in the one spelling of ``rendering.urls``."""

    __slots__ = ()


class Color(str):
    """An opaque color as ``#rrggbb`` in lower case, from ``rendering.css_properties``."""

    __slots__ = ()


class Choice(str):
    """One of a fixed set of values, such as an option of a select or a text's direction.

    It affects the markup: templates may compare it and print it anywhere.
    """

    __slots__ = ()
