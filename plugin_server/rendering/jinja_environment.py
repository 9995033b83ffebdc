"""The Jinja environment of blocks: escapes, disarms Liquid, and provides the functions of templates."""

from functools import lru_cache, partial
from typing import Any

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplateSyntaxError,
    UndefinedError,
)
from jinja2.utils import missing
from markupsafe import Markup, escape

from plugin_server.findings.finding import Finding
from plugin_server.rendering import css_properties as css
from plugin_server.rendering.placeholders import (
    LinePlaceholder,
    Placeholder,
    TextPlaceholder,
    on_colors,
    on_fonts,
)
from plugin_server.rendering.style_attributes import inline_style
from plugin_server.rendering.text import defuse, direction
from plugin_server.resources.paths import TEMPLATES

# Filters that make markup of a string are removed; a template that uses one does not compile.
BYPASSES = ("safe", "tojson", "urlize", "xmlattr")


class PrintedNone(TypeError):
    """A template prints ``None``.

    Attributes:
        findings: everything that is wrong with the block, where it was looked for.
    """

    findings: tuple[Finding, ...] = ()


class MissingName(UndefinedError):
    """A template uses a name that does not exist.

    Attributes:
        findings: everything that is wrong with the block, where it was looked for.
        missing_name: the name.
        is_variable: whether it is a variable rather than an attribute.
        holder: the object that should have it as an attribute.
    """

    findings: tuple[Finding, ...] = ()

    def __init__(self, message: str, name: str, holder: object) -> None:
        """Take Jinja's message and the attributes; ``jinja2.utils.missing`` holds variables."""
        self.missing_name, self.holder = name, holder
        self.is_variable = holder is missing
        super().__init__(message)


class _Undefined(StrictUndefined):
    """Raises ``MissingName`` as soon as it is used."""

    __slots__ = ()

    def __init__(
        self,
        hint: str | None = None,
        obj: Any = missing,
        name: str | None = None,
        exc: Any = UndefinedError,
    ) -> None:
        raised: Any = partial(MissingName, name=name or "", holder=obj)
        super().__init__(hint, obj, name, raised)


def finalize(value: object) -> object:
    """Disarm Liquid in what ``{{ … }}`` prints; Jinja escapes it afterwards."""
    if value is None:
        raise PrintedNone("a template printed None; test for it first")
    if isinstance(value, str) and not isinstance(value, Markup):
        return defuse(value)
    return value


def _direction(text: str | Placeholder | None) -> str:
    if isinstance(text, TextPlaceholder | LinePlaceholder):
        return text.direction
    if isinstance(text, Placeholder):
        text.misuse("use its direction")
    return direction(text)


def _escape(value: object) -> Markup:
    """Escape as Jinja's filter does, after ``finalize``, which markup would bypass."""
    return escape(finalize(value))


class _Loader(FileSystemLoader):
    """Loads templates; names the file that is not UTF-8, which Jinja's own error does not."""

    def get_source(self, environment: Environment, template: str) -> Any:
        try:
            return super().get_source(environment, template)
        except UnicodeDecodeError as error:
            message = f"it is not UTF-8 at byte {error.start + 1}"
            raise TemplateSyntaxError(message, 1, template, str(TEMPLATES / template)) from error


@lru_cache(maxsize=1)
def jinja_environment() -> Environment:
    """Return the environment that all blocks share, with ``templates/`` as its root."""
    env = Environment(
        loader=_Loader(TEMPLATES),
        autoescape=True,
        undefined=_Undefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(e=_escape, escape=_escape, forceescape=_escape)
    for name in BYPASSES:
        del env.filters[name]
    env.filters["direction"] = _direction
    env.globals.update(
        css=on_fonts(inline_style),
        hairline=on_colors(css.hairline),
        legible_on=on_colors(css.legible_on),
        readable_on=on_colors(css.readable_on),
        visible_on=on_colors(css.visible_on),
    )
    return env


def source_of(environment: Environment, template: str) -> str:
    """Return the source of a template by its name.

    Raises:
        TemplateNotFound: there is none.
        TemplateSyntaxError: it is not UTF-8.
    """
    if environment.loader is None:
        raise TemplateNotFound(template)
    return environment.loader.get_source(environment, template)[0]
