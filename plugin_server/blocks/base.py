"""The base class of blocks, and checks of what a block's methods return."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

from plugin_server.errors import NotFound, PluginError
from plugin_server.kit.account_data import AccountData
from plugin_server.rendering.personal.fields import SAMPLE_APP, DynamicBlock, EventPlugin
from plugin_server.resources.packages import package_of
from plugin_server.settings.definition import SettingsDefinition, load
from plugin_server.settings.text_formats import TextFormat
from plugin_server.settings.values import Values

# Of what ``plugin_server.blocks`` offers. It changes when a package that worked would not work any more; a
# package says which one it needs as REQUIRES_API in its ``__init__.py``.
API_VERSION = 1


@dataclass(frozen=True)
class SearchQuery:
    """A search in a setting of type ``search``.

    ``text`` is what was typed, ``""`` when the sidebar opens. ``values`` are the stored values that
    the text may be, because Kit sends the stored value when a draft is opened again.
    ``dependencies`` are the values of the settings that this one depends on.
    """

    text: str
    values: tuple[str, ...] = ()
    dependencies: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Option:
    """One result: the creator reads ``label``; Kit stores ``value`` and sends it back."""

    label: str
    value: str


class Block:
    """One content block. Stateless: one instance serves every creator and thread.

    A subclass is in a module of its own, whose name is the block's: ``quote.py`` has the block ``quote``. Its
    docstring's first sentence is what creators read in Kit's element menu, unless ``description`` says it.

    Class attributes, all of which have a default:
        name: in URLs and file names; the module's name, and never another.
        label: Kit's dashboard field "Name"; by default the name as words.
        description: Kit's dashboard field of that name; by default the docstring's first sentence.
        sort_order: the place among the package's blocks in Kit's element menu; by default by name.
        scopes: what an access token must grant, such as ``read:posts``, each with the sentence that the
            consent page shows. A block can only read what they name.
        formats: what creators have to type in settings of type ``text``, by name: ``{"start": TIME}``; by
            default any text.
        identifier: makes the block dynamic, so that Kit renders it for each subscriber: its identifier in
            Kit's dashboard, unique in the app, of small letters, digits and underscores.
        event: the automation event plugin whose events the block shows; only for dynamic blocks.
    """

    name: ClassVar[str] = ""
    label: ClassVar[str] = ""
    description: ClassVar[str] = ""
    sort_order: ClassVar[int] = 0
    scopes: ClassVar[Mapping[str, str]] = MappingProxyType({})
    formats: ClassVar[Mapping[str, TextFormat]] = MappingProxyType({})
    identifier: ClassVar[str] = ""
    event: ClassVar[EventPlugin | None] = None

    def __init_subclass__(cls, **options: Any) -> None:
        """Fill in what the class does not say."""
        super().__init_subclass__(**options)
        module_name = cls.__module__.rpartition(".")[2]
        cls.name = cls.__dict__.get("name", module_name)
        cls.label = cls.__dict__.get("label", module_name.replace("_", " ").capitalize())
        cls.description = cls.__dict__.get("description", _first_sentence(cls.__doc__))

    @cached_property
    def settings(self) -> SettingsDefinition:
        """The definition in ``settings_json/<name>.json``, with the formats of the class.

        Raises:
            DefinitionError: the file has mistakes.
        """
        return load(self.name).with_formats(self.formats)

    def search(self, setting: str, query: SearchQuery, data: AccountData) -> list[Option]:
        """Return the options of the search field ``setting``, best first; by default there is none.

        Only called for settings of type ``search`` that the settings JSON has; a block without any needs no
        such method.

        Raises:
            ContentNotFound: there is nothing to search (code 404, HTTP 200).
            KitError: Kit failed (502, 503, 429).
        """
        raise NotFound

    def context(self, values: Values, data: AccountData) -> dict[str, object]:
        """Return the variables of the block's template; by default the values of the settings.

        A ``str`` is text, whatever it contains; ``rendering.value_types`` has the other kinds of strings,
        such as links and colors, and settings already come in them. Numbers, booleans and ``None`` are
        allowed, and lists, dictionaries and dataclasses of all these.

        Raises:
            ContentNotFound: what the creator chose is gone (code 404, HTTP 200).
            KitError: Kit failed (502, 503, 429).
        """
        return dict(values)


def dynamic_block(block: Block, app: str = SAMPLE_APP) -> DynamicBlock | None:
    """Return what the renderer has to know of a dynamic block; ``None`` for any other block.

    Args:
        block: it.
        app: the identifier of the app in Kit; by default that of samples.
    """
    return DynamicBlock(block.identifier, block.event, app) if block.identifier else None


def _first_sentence(docstring: str | None) -> str:
    first = " ".join((docstring or "").strip().partition("\n\n")[0].split())
    return first.partition(". ")[0].removesuffix(".")


class WrongReturn(TypeError):
    """A block's method returned the wrong type, which is a bug in the block.

    ``file`` and ``line``, from 1, are where the method is defined.
    """

    def __init__(self, method: Callable[..., object], returned: object, expected: str) -> None:
        """Describe the bug: the method, what it returned, and what it should return."""
        code: Any = getattr(method, "__code__", None)
        self.file = Path(code.co_filename if code else "")
        self.line: int | None = code.co_firstlineno if code else None
        what = "None" if returned is None else type(returned).__name__
        end = ": end it with a return statement" if returned is None else ""
        self.problem = f"{method.__qualname__} returned {what}, not {expected}{end}"
        super().__init__(self.problem)


def context_of(block: Block, values: Values, data: AccountData) -> Mapping[str, object]:
    """Return a block's ``context``; errors that it raises are passed on.

    Raises:
        WrongReturn: it is not a dictionary whose keys are names.
    """
    context: object = _call(block, partial(block.context, values, data))
    if isinstance(context, dict) and all(isinstance(name, str) for name in context):
        return context
    raise WrongReturn(type(block).context, context, "a dictionary with names as keys")


def options_of(block: Block, setting: str, query: SearchQuery, data: AccountData) -> list[Option]:
    """Return the options of a block's ``search``; errors that it raises are passed on.

    Raises:
        NotFound: the settings JSON has no search field of this name (404).
        WrongReturn: it is not a list of options.
    """
    if setting not in block.settings.search_names:
        raise NotFound
    options: object = _call(block, partial(block.search, setting, query, data))
    if isinstance(options, list) and all(isinstance(each, Option) for each in options):
        return options
    raise WrongReturn(type(block).search, options, "a list of options")


def _call(block: Block, method: Callable[[], object]) -> object:
    """Return what a method of a block returns; say in a traceback whose block failed.

    ``sys.exit`` in a block must not stop the server.
    """
    try:
        return method()
    except PluginError:
        raise
    except SystemExit as error:
        problem = RuntimeError(f"SystemExit: {error}").with_traceback(error.__traceback__)
        problem.add_note(_whose(block))
        raise problem from None
    except Exception as error:  # whatever a block raises; it goes on
        error.add_note(_whose(block))
        raise


def _whose(block: Block) -> str:
    return f"In the block {block.name} of {package_of(block.name)}."
