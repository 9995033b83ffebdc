"""A file with what is known of one subscriber, and what that subscriber gets of a dynamic block."""

from collections.abc import Mapping
from typing import Any, cast

import click

from plugin_server.blocks.base import Block
from plugin_server.commands.arguments import json_object
from plugin_server.findings.wording import kind, listed
from plugin_server.rendering.personal import engine
from plugin_server.rendering.personal.fields import SAMPLE_APP, subscriber_field

_MEMBERS = ("subscriber", "automation")


def subscriber_data(name: str, block: Block) -> dict[str, Any]:
    """Return what Liquid knows of the subscriber in a file.

    It contains ``{"subscriber": {…}, "automation": {…}}``, as Liquid's paths have it, or the subscriber's
    fields alone. The app in ``automation`` may have any identifier: it is that of the block.

    Raises:
        UsageError: the block is static, or the file has something else.
    """
    if not block.identifier:
        raise click.UsageError(
            f"{block.name} is not a dynamic block: all subscribers get the same. Leave --subscriber out."
        )
    given = json_object(name)
    if not given.keys() & set(_MEMBERS):
        return {"subscriber": _fields(given, name)}
    other = sorted(given.keys() - set(_MEMBERS))
    if other:
        raise click.UsageError(f"{name} has {listed(other, 'and')} beside {_expected(given)}.")
    for member, value in given.items():
        if not isinstance(value, dict):
            raise click.UsageError(f"{name}: {member} is {kind(value)}, not an object.")
    found = {"subscriber": _fields(cast(dict[str, Any], given.get("subscriber", {})), name)}
    automation = given.get("automation")
    return found | {"automation": _events(automation, block, name)} if automation else found


def _fields(given: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the fields of a subscriber, each of which a template can name."""
    for key, value in given.items():
        if subscriber_field(key) is None:
            raise click.UsageError(
                f'{name}: "{key}" is not the key of a custom field. Keys have lowercase letters, digits and '
                "underscores, such as first_name."
            )
        if isinstance(value, dict | list):
            raise click.UsageError(
                f"{name}: {key} is {kind(value)}, and a field of a subscriber is a text. Write the fields "
                'beside each other, as in {"first_name": "Ada", "boat": "Curlew"}.'
            )
    return given


def _expected(given: Mapping[str, object]) -> str:
    return listed([member for member in _MEMBERS if member in given], "and")


def _events(automation: Any, block: Block, name: str) -> dict[str, Any]:
    """Return the data of events under the app that commands know the block by."""
    if block.event is None:
        raise click.UsageError(
            f"{name} has automation, but {block.name} belongs to no event. Leave it out."
        )
    event, apps = block.event.identifier, [*automation.values()]
    if len(apps) != 1 or not isinstance(apps[0], dict) or event not in apps[0]:
        raise click.UsageError(
            f'{name}: automation is to be {{"<app>": {{"{event}": {{…}}}}}}, with the data of the event.'
        )
    return {SAMPLE_APP: apps[0]}


def sent_to(data: Mapping[str, Any], html: str) -> str:
    """Return what a subscriber gets of a dynamic block, and say so if it is nothing.

    Args:
        data: of the subscriber, as ``subscriber_data`` returns it.
        html: the block's, as it is sent to Kit.

    Raises:
        ClickException: the Liquid cannot be rendered.
    """
    try:
        sent = engine.render(engine.parse(html), data).strip()
    except engine.UnusableLiquid as problem:
        raise click.ClickException(f"The block's Liquid cannot be rendered: {problem}.") from None
    if not sent:
        click.echo("This subscriber gets nothing: the block vanishes for such data.", err=True)
    return sent
