"""The records that the sandbox stores: the app and its plugins, installations, drafts."""

import re
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

Authorization = Literal["oauth", "none"]


@dataclass(frozen=True)
class App:
    """An app as its developer enters it in the dashboard.

    The fields before ``authorize_url`` belong to the app's page; ``authorize_url`` to ``client_secret``
    to the plugins' authorization, where the app is the OAuth server; the others to the API access,
    where Kit is. ``return_to_domains`` are the hosts that an installation may return to.

    Kit assigns an ``identifier`` to each app, which Liquid has in its paths; here the developer chooses it.

    ``body_format`` is how the sandbox writes its requests to the app's OAuth endpoints, one of
    ``BODY_FORMATS``; ``""`` takes them in turn.
    """

    name: str = "My app"
    identifier: str = "my_app"
    summary: str = ""
    description: str = ""
    icon_url: str = ""
    redirect_after_install: str = ""
    return_to_domains: tuple[str, ...] = ()
    app_settings_url: str = ""
    support_url: str = ""
    help_url: str = ""
    privacy_url: str = ""
    authorize_url: str = ""
    token_url: str = ""
    refresh_url: str = ""
    revoke_url: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    authorization_url: str = ""
    redirect_uris: tuple[str, ...] = ()
    kit_client_id: str = ""
    kit_client_secret: str = field(default="", repr=False)
    body_format: str = ""

    @property
    def has_oauth(self) -> bool:
        """Whether plugins can be authorized with the app's own OAuth server."""
        return bool(self.authorize_url)

    @property
    def has_api_access(self) -> bool:
        """Whether installing continues with the app's connection to the Kit API."""
        return bool(self.authorization_url)


@dataclass(frozen=True)
class Plugin:
    """One entry of the editor's element menu.

    ``settings_json`` is the text as it was pasted. ``logo_url`` of an uploaded icon is a ``data:``
    URL. The HTML of a ``dynamic`` plugin is a Liquid template, rendered for each subscriber; its
    ``identifier`` is unique in the app, and ``event`` the identifier of the event plugin whose data it shows,
    ``""`` for none (Kit's ``related_plugin_id``). ``scopes`` are those that its access token must grant.

    ``key`` is what a program that pastes plugins knows this one by, such as its block's name, so that it
    stays the same plugin when its name changes; ``""`` for one that was entered by hand. A plugin that is
    ``set_aside`` was pasted once and is not there now, on another branch for example: no menu has it, but
    drafts keep its blocks, which work again when it comes back.
    """

    id: int
    name: str
    description: str
    sort_order: int
    logo_url: str
    html_url: str
    settings_json: str
    active: bool = False
    authorization: Authorization = "oauth"
    dynamic: bool = False
    identifier: str = ""
    event: str = ""
    scopes: tuple[str, ...] = ()
    key: str = ""
    set_aside: bool = False

    @property
    def slug(self) -> str:
        """The name as it is written in URLs and folders: ``post_list`` for *Post list*."""
        return slug_of(self.name)

    @property
    def handle(self) -> str:
        """What names it in URLs and folders: its key, or its ``slug`` without one."""
        return self.key or self.slug


@dataclass(frozen=True)
class EventPlugin:
    """An automation event plugin, as far as dynamic blocks need it.

    ``identifier`` is its name in Liquid, unique in the app together with those of content blocks.
    ``sample_data`` is the text of a JSON object as it was pasted: its keys are the fields that Liquid can
    name.
    ``pasted`` says that a program entered it, which may also remove it.
    """

    id: int
    name: str
    description: str
    identifier: str
    sample_data: str = "{}"
    pasted: bool = False


def slug_of(name: str) -> str:
    """Return a name as one word that fits in URLs and folders: ``post_list`` for *Post list*."""
    return re.sub(r"\W+", "_", name.strip().lower())


@dataclass(frozen=True)
class Installation:
    """One creator's grant to the app; the tokens are ``None`` when no plugin uses OAuth."""

    account_id: int
    access_token: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)


@dataclass
class Block:
    """One block of a draft.

    Attributes:
        html: that of the last valid response, empty when there are ``errors`` instead.
        host: the email around it whose styles were sent for that response.
    """

    id: int
    plugin_id: int
    settings: dict[str, Any] = field(default_factory=dict)
    html: str = ""
    errors: list[str] = field(default_factory=list)
    host: str = "letter"


_MAX_REMOVED = 10


@dataclass
class Draft:
    """One email that a creator writes.

    Attributes:
        removed: the blocks removed last, so that removing can be undone.
        blocks_made: how many blocks it has ever had.
        updated_at: when it was last changed, in Unix seconds.
    """

    id: int
    account_id: int
    subject: str
    updated_at: int
    blocks: list[Block] = field(default_factory=list)
    removed: list[Block] = field(default_factory=list)
    blocks_made: int = 0

    @property
    def edited(self) -> datetime:
        """When the draft was last changed."""
        return datetime.fromtimestamp(self.updated_at, UTC)

    def add_block(self, plugin_id: int, settings: dict[str, Any], at: int) -> Block:
        """Insert a block. Its id is never reused: late responses cannot reach another block."""
        self.blocks_made += 1
        block = Block(self.blocks_made, plugin_id, settings)
        self.blocks.insert(at, block)
        return block

    def place_block(self, block_id: int, at: int | None) -> None:
        """Move a block to a position, or remove it with ``None``; a position also restores it.

        Does nothing when the draft never had the block, or has dropped it for good.
        """
        every = [*self.blocks, *self.removed]
        block = next((each for each in every if each.id == block_id), None)
        if block is None:
            return
        self.blocks = [each for each in self.blocks if each is not block]
        self.removed = [each for each in self.removed if each is not block]
        if at is None:
            self.removed = [*self.removed, block][-_MAX_REMOVED:]
        else:
            self.blocks.insert(at, block)

    def block(self, block_id: int) -> Block | None:
        """Return one block, or ``None`` when the draft has no such block (any more)."""
        return next((block for block in self.blocks if block.id == block_id), None)

    def body(self) -> dict[str, Any]:
        """Return the members of a draft that are stored as JSON, beside its columns."""
        body = asdict(self)
        return {name: body[name] for name in ("subject", "blocks", "removed", "blocks_made")}
