"""The two requests of Kit to a block, HTML and search, as a test makes them: without HTTP or a database."""

from collections.abc import Mapping, Sequence
from typing import Any

from plugin_server.blocks.base import (
    Block,
    Option,
    SearchQuery,
    context_of,
    dynamic_block,
    options_of,
)
from plugin_server.blocks.loading import load_block
from plugin_server.examples.sample_accounts import SampleAccount, typical_account
from plugin_server.rendering.email_styles import EmailStyles
from plugin_server.rendering.personal import engine
from plugin_server.rendering.renderer import render_block


def render(
    block: str | Block,
    settings: Mapping[str, object] | None = None,
    account: SampleAccount | None = None,
    styles: object = None,
) -> str:
    """Return the HTML that a block sends to Kit, after it has passed the whole gate.

    Args:
        block: its name, or the block itself.
        settings: as Kit sends them, such as ``{"text": "Lend me your ears"}``; those that are missing have
            their defaults.
        account: whose data the block reads, as far as its scopes allow; by default ``typical_account()``.
        styles: those of the email around the block, as Kit sends them: ``{"p": {"color": "#333333"}}``.

    Raises:
        ContentError: the creator gets a sentence instead: ``SettingsInvalid``, ``ContentNotFound`` …
        BlockRefused: the gate refuses the block.
        UndeclaredScope: the block reads what its scopes do not name.
    """
    found = load_block(block) if isinstance(block, str) else block
    data = (account or typical_account()).restricted_to(found.scopes)
    context = context_of(found, found.settings.parse(settings or {}), data)
    return render_block(
        found.name,
        context,
        EmailStyles.parse(styles),
        instance="a draft",
        dynamic=dynamic_block(found),
    )


def sent(
    block: str | Block,
    settings: Mapping[str, object] | None = None,
    account: SampleAccount | None = None,
    styles: object = None,
    *,
    subscriber: Mapping[str, object] | None = None,
    event: Mapping[str, object] | None = None,
) -> str:
    """Return what Kit sends to one subscriber of a dynamic block; ``""`` where it is hidden.

    Args:
        block: its name, or the block itself; a block that is not dynamic is sent as it is.
        settings: as for ``render``, and so are ``account``, ``styles`` and the errors.
        account: as for ``render``.
        styles: as for ``render``.
        subscriber: the values of its fields by their keys: ``{"first_name": "Ada"}``.
        event: the data of the event, as the sample of the block's ``EventPlugin``.
    """
    found = load_block(block) if isinstance(block, str) else block
    html = render(found, settings, account, styles)
    dynamic = dynamic_block(found)
    if dynamic is None:
        return html
    data: dict[str, Any] = {"subscriber": dict(subscriber or {})}
    if dynamic.event and event is not None:
        data["automation"] = {dynamic.app: {dynamic.event.identifier: event}}
    return engine.render(engine.parse(html), data).strip()


def search(
    block: str | Block,
    setting: str,
    text: str = "",
    account: SampleAccount | None = None,
    *,
    values: Sequence[str] = (),
    dependencies: Mapping[str, object] | None = None,
) -> list[Option]:
    """Return the options that a search field of a block offers.

    Args:
        block: its name, or the block itself.
        setting: the name of the search field.
        text: what the creator typed; ``""`` when the sidebar opens.
        account: whose data the block reads; by default ``typical_account()``.
        values: what a draft has stored, when it is opened again.
        dependencies: the values of the settings that the field depends on.

    Raises:
        NotFound: the block has no such field.
        ContentError: the creator gets a sentence instead.
    """
    found = load_block(block) if isinstance(block, str) else block
    query = SearchQuery(text, tuple(values) or (text,), dict(dependencies or {}))
    data = (account or typical_account()).restricted_to(found.scopes)
    return options_of(found, setting, query, data)
