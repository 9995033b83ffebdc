"""What a block is: how Kit's dashboard shows it, what its searches offer, what its template needs."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

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

        Raises:
            ContentNotFound: what the creator chose is gone (code 404, HTTP 200).
            KitError: Kit failed (502, 503, 429).
        """
