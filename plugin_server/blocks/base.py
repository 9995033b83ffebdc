"""What a block is: how Kit's dashboard shows it, what its searches offer, what its template needs."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from plugin_server.kit.account_data import AccountData
from plugin_server.settings.definition import SettingsDefinition
from plugin_server.settings.values import Values


@dataclass(frozen=True)
class SearchQuery:
    """What a creator looks for in a setting of type ``search``.

    ``text`` is what was typed, ``""`` when the sidebar opens. ``values`` holds the stored values
    that the request may stand for (Kit sends the stored value when a draft is opened again),
    ``dependencies`` the values of the settings that this one depends on.
    """

    text: str
    values: tuple[str, ...] = ()
    dependencies: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Option:
    """One result: ``label`` is what the creator reads, ``value`` what Kit stores and sends back."""

    label: str
    value: str


class Block(ABC):
    """One editor plugin. Stateless: one instance serves every creator and thread.

    Class attributes:
        name: in URLs and file names; ``templates/blocks/<name>.html`` is its template.
        label, description, sort_order: Kit's dashboard fields of that name.
        scopes: what an access token must grant, such as ``read:posts``.
        settings: the definition in ``settings_json/<name>.json``.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    description: ClassVar[str]
    sort_order: ClassVar[int]
    scopes: ClassVar[tuple[str, ...]]
    settings: ClassVar[SettingsDefinition]

    @abstractmethod
    def search(self, setting: str, query: SearchQuery, data: AccountData) -> list[Option]:
        """Return the options of the search field ``setting``, best first.

        Raises:
            NotFound: the block has no such search field (404).
            ContentNotFound: there is nothing that could ever be found (code 404, HTTP 200).
            KitError: Kit failed (502, 503, 429).
        """

    @abstractmethod
    def context(self, values: Values, data: AccountData) -> dict[str, object]:
        """Return what the block's template needs, with links and CSS values already parsed.

        A ``str`` is a text, whatever stands in it; ``rendering.value_types`` has the other kinds of strings,
        which settings, links and colors come in already. Numbers, booleans, ``None``, and lists, dictionaries
        and dataclasses of all these may be in it, too.

        Raises:
            ContentNotFound: what the creator chose is gone (code 404, HTTP 200).
            KitError: Kit failed (502, 503, 429).
        """


class WrongReturn(TypeError):
    """A method of a block returned something else than it should: its developer's mistake.

    ``file`` and ``line``, from 1, are where the method begins.
    """

    def __init__(self, method: Callable[..., object], returned: object, wanted: str) -> None:
        """Name the method, what it returned, and what is wanted instead."""
        code: Any = getattr(method, "__code__", None)
        self.file = Path(code.co_filename if code else "")
        self.line: int | None = code.co_firstlineno if code else None
        self.problem = f"{method.__qualname__} returned {type(returned).__name__}, not {wanted}"
        super().__init__(self.problem)


def context_of(block: Block, values: Values, data: AccountData) -> Mapping[str, object]:
    """Return a block's ``context``, which raises what it does.

    Raises:
        WrongReturn: it is not a dictionary with names as its keys.
    """
    context: object = _alive(partial(block.context, values, data))
    if isinstance(context, dict) and all(isinstance(name, str) for name in context):
        return context
    raise WrongReturn(type(block).context, context, "a dictionary with names as keys")


def options_of(block: Block, setting: str, query: SearchQuery, data: AccountData) -> list[Option]:
    """Return what a block's ``search`` offers, which raises what it does.

    Raises:
        WrongReturn: it is not a list of options.
    """
    options: object = _alive(partial(block.search, setting, query, data))
    if isinstance(options, list) and all(isinstance(each, Option) for each in options):
        return options
    raise WrongReturn(type(block).search, options, "a list of options")


def _alive(call: Callable[[], object]) -> object:
    """Return what a block returns; one that ends the process does not end this one."""
    try:
        return call()
    except SystemExit as error:
        raise RuntimeError(f"SystemExit: {error}").with_traceback(error.__traceback__) from None
