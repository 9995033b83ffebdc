"""``plugin-server render``."""

import shlex
from collections.abc import Collection, Mapping

import click

from plugin_server.blocks.base import Block
from plugin_server.blocks.loading import load_block
from plugin_server.commands.arguments import BLOCK, json_object, object_in, text
from plugin_server.commands.subscriber_files import sent_to, subscriber_data
from plugin_server.errors import PluginError
from plugin_server.examples.block_examples import Example, examples
from plugin_server.examples.example_files import TYPICAL
from plugin_server.examples.sample_accounts import typical_account
from plugin_server.findings.wording import listed
from plugin_server.rendering.email_styles import EmailStyles
from plugin_server.rendering.refusal import ExplainedRefusal

# curl's options for a body.
_BODY_OPTIONS = ("--data-raw", "--data-binary", "--data", "-d", "--json")
_REQUEST = ("settings", "styles")
_EXPECTED = 'Write the settings alone, or a whole request: {"settings": {…}, "styles": {…}}.'


@click.command("render")
@BLOCK
@click.option(
    "--settings",
    "settings_",
    metavar="FILE",
    help="JSON of settings, or a whole request as the sandbox shows it (- reads stdin).",
)
@click.option("--styles", metavar="FILE", help="JSON of the email's styles, as Kit sends them.")
@click.option("--example", "name", metavar="NAME", help="One of the block's own examples.")
@click.option(
    "--subscriber",
    metavar="FILE",
    help="JSON of a subscriber's fields: print what that subscriber gets of a dynamic block.",
)
def command(
    block: str,
    settings_: str | None,
    styles: str | None,
    name: str | None,
    subscriber: str | None,
) -> None:
    """Print the HTML of BLOCK for a sample account, with settings of yours or of an example.

    Of a dynamic block, that is the Liquid that Kit gets, or what it renders for one --subscriber.
    """
    if settings_ is None and name is None:
        if subscriber is None:
            raise click.UsageError("Give --settings FILE, --example NAME, or both.")
        name = TYPICAL
    if [settings_, styles, subscriber].count("-") > 1:
        raise click.UsageError("Standard input has one file: give the others by their names.")
    chosen = load_block(block)
    data = subscriber_data(subscriber, chosen) if subscriber else None
    sample = _example(chosen, name) if name else Example("", chosen, {}, typical_account())
    raw, look = _request(settings_, chosen) if settings_ else (sample.settings, {})
    if styles:
        look = json_object(styles)
    try:
        html = Example(sample.name, chosen, raw, sample.account).render(EmailStyles.parse(look))
    except ExplainedRefusal:
        raise
    except PluginError as problem:
        whose = "" if settings_ else f"The example {sample.name}: "
        lines = [whose + "\n".join(problem.messages)]
        if settings_ and not raw.keys() & _names(chosen):
            lines.append(
                f"{settings_} has none of the settings {listed(sorted(_names(chosen)), 'and')}. {_EXPECTED}"
            )
        raise click.ClickException("\n".join(lines)) from None
    click.echo(html if data is None else sent_to(data, html))


def _example(block: Block, name: str) -> Example:
    """Return a block's example of that name."""
    known = {each.name: each for each in examples(block)}
    if name not in known:
        raise click.UsageError(
            f"{block.name} has no example {name!r}. It has {listed([*known], 'and')}."
        )
    return known[name]


def _request(name: str, block: Block) -> tuple[Mapping[str, object], object]:
    """Return the settings and the styles in a file.

    It contains the settings alone, or a request as Kit sends it: the JSON of its body, or the ``curl``
    command that the sandbox's inspector copies.
    """
    given = object_in(_body(text(name)), name)
    own = _names(block)
    if not any(member in given and member not in own for member in _REQUEST):
        return given, {}
    settings = given.get("settings")
    beside = given.keys() & own
    if not isinstance(settings, dict | None) or beside:
        raise click.UsageError(_expected(name, beside))
    return settings or {}, given.get("styles") or {}


def _names(block: Block) -> set[str]:
    return {setting.name for setting in block.settings.settings}


def _expected(name: str, beside: Collection[str]) -> str:
    problem = (
        f"{listed(sorted(beside), 'and')} beside the members of a request"
        if beside
        else 'a member "settings" that is not an object'
    )
    return f"{name} has {problem}. {_EXPECTED}"


def _body(content: str) -> str:
    """Return the body of a request that is given as a ``curl`` command; other text as it is."""
    if not content.lstrip().startswith("curl "):
        return content
    try:
        words = shlex.split(content)
    except ValueError:  # a quotation mark that is never closed
        return content
    bodies = (
        body for option, body in zip(words, words[1:], strict=False) if option in _BODY_OPTIONS
    )
    return next(bodies, content)
