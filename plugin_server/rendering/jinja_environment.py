"""The Jinja environment of blocks: escapes, disarms Liquid, and provides the functions of templates."""

from collections.abc import Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from jinja2 import (
    BaseLoader,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplateSyntaxError,
    UndefinedError,
    nodes,
)
from jinja2.utils import missing
from markupsafe import Markup, escape

from plugin_server.findings.finding import Finding
from plugin_server.rendering import css_properties as css
from plugin_server.rendering.personal.helpers import HELPERS
from plugin_server.rendering.placeholders import (
    LinePlaceholder,
    Placeholder,
    TextPlaceholder,
    on_colors,
    on_fonts,
)
from plugin_server.rendering.style_attributes import inline_style
from plugin_server.rendering.text import defuse, direction
from plugin_server.resources.packages import (
    BlockPackage,
    built_in_package,
    installed_packages,
    package_of,
)

# Filters that make markup of a string are removed; a template that uses one does not compile.
BYPASSES = ("safe", "tojson", "urlize", "xmlattr")
# More elements than any block has.
_LONGEST_RANGE = 10_000


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


_readable = on_colors(css.legible_on)


def _legible_on(background: Any, chosen: Any = None, inherited: Any = None) -> Any:
    """Return the color of text on a background: the chosen or inherited one, if it is readable there.

    Without a background, which is then the email's own, return the chosen one, or ``None``.
    """
    return _readable(background, chosen or inherited) if background else chosen


def _escape(value: object) -> Markup:
    """Escape as Jinja's filter does, after ``finalize``, which markup would bypass."""
    return escape(finalize(value))


def _range(*bounds: int) -> range:
    """Return a range that no template gets lost in: nothing else in a template can be endless."""
    numbers = range(*bounds)
    if len(numbers) > _LONGEST_RANGE:
        raise ValueError(
            f"range({', '.join(map(str, bounds))}) has more than {_LONGEST_RANGE:,} numbers"
        )
    return numbers


class _Loader(BaseLoader):
    """Loads the templates of all packages: ``blocks/<name>.html``, and ``macros/…`` of the built-in one.

    The macros of another package are ``<package>/macros/…`` here; its own templates leave the package out.
    """

    def get_source(self, environment: Environment, template: str) -> Any:
        package, name = _locate(template)
        try:
            return FileSystemLoader(package.templates).get_source(environment, name)
        except UnicodeDecodeError as error:
            # Jinja's own error does not name the file.
            message = f"it is not UTF-8 at byte {error.start + 1}"
            file = str(package.templates / name)
            raise TemplateSyntaxError(message, 1, template, file) from error

    def list_templates(self) -> list[str]:
        """Return the names of all templates."""
        return [
            template_name(package, name)
            for package in installed_packages()
            for name in FileSystemLoader(package.templates).list_templates()
        ]


class _Environment(Environment):
    def join_path(self, template: str, parent: str) -> str:
        """Return a template of the package that ``parent`` is from, if there is one of that name."""
        package, _ = _locate(parent)
        of_another = package != built_in_package() and (package.templates / template).is_file()
        return f"{package.name}/{template}" if of_another else template


def template_name(package: BlockPackage, path: str) -> str:
    """Return the name of a template by its package and its path below the package's templates."""
    is_shared = package == built_in_package() or path.startswith("blocks/")
    return path if is_shared else f"{package.name}/{path}"


def _locate(template: str) -> tuple[BlockPackage, str]:
    """Return the package of a template, and its path below the package's templates."""
    first, _, rest = template.partition("/")
    named = next((each for each in installed_packages() if each.name == first), None)
    if named is not None:
        return named, rest
    owner = package_of(rest.removesuffix(".html")) if first == "blocks" else None
    return owner or built_in_package(), template


class MissingTemplate(TemplateNotFound):
    """A template needs one that does not exist; ``file`` and ``line`` are where it says so."""

    def __init__(self, missing: str, file: Path, line: int) -> None:
        """Take the template that is missing, and the place."""
        self.file, self.line = file, line
        self.problem = f"there is no template templates/{missing}"
        super().__init__(missing)


def compile_template(name: str) -> None:
    """Compile a template and those that it imports.

    Raises:
        TemplateSyntaxError: one of them has a mistake.
        TemplateNotFound: it imports one that does not exist.
    """
    env, waiting, known = jinja_environment(), [name], {name}
    while waiting:
        importer = waiting.pop()
        env.get_template(importer)
        source, file, _ = _Loader().get_source(env, importer)
        for imported, line in _imports(source):
            found = env.join_path(imported, importer)
            if not _exists(env, found):
                raise MissingTemplate(imported, Path(file), line)
            if found not in known:
                known.add(found)
                waiting.append(found)


# Most templates import the same macros, whose source takes 20 ms to parse.
@lru_cache(maxsize=128)
def _imports(source: str) -> tuple[tuple[str, int], ...]:
    """Return the templates that one needs, and the lines that say so."""
    return tuple(_imports_in(jinja_environment().parse(source)))


def _imports_in(tree: nodes.Template) -> Iterator[tuple[str, int]]:
    needing: tuple[type[Any], ...] = (
        nodes.Import,
        nodes.FromImport,
        nodes.Include,
        nodes.Extends,
    )
    for node in tree.find_all(needing):
        named, is_optional = node.template, getattr(node, "ignore_missing", False)
        if isinstance(named, nodes.Const) and isinstance(named.value, str) and not is_optional:
            yield named.value, node.lineno


def _exists(env: Environment, name: str) -> bool:
    try:
        _Loader().get_source(env, name)
    except TemplateNotFound:
        return False
    return True


@lru_cache(maxsize=1)
def jinja_environment() -> Environment:
    """Return the environment that all blocks share, whatever packages they come from."""
    env = _Environment(
        loader=_Loader(),
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
    env.globals["range"] = _range
    env.globals.update(
        css=on_fonts(inline_style),
        hairline=on_colors(css.hairline),
        legible_on=_legible_on,
        readable_on=on_colors(css.readable_on),
        visible_on=on_colors(css.visible_on),
        **HELPERS,
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
