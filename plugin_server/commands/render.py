"""``plugin-server render``."""

import click

from plugin_server.blocks import find
from plugin_server.commands.arguments import BLOCK, json_object
from plugin_server.errors import PluginError
from plugin_server.examples import Example, examples, typical_account
from plugin_server.rendering.styles import EmailStyles
from plugin_server.settings.findings import listed


@click.command("render")
@BLOCK
@click.option("--settings", "settings_", metavar="FILE", help="JSON of settings (- reads stdin).")
@click.option("--styles", metavar="FILE", help="JSON of the email's styles, as Kit sends them.")
@click.option("--example", "name", metavar="NAME", help="One of the block's own examples.")
def command(block: str, settings_: str | None, styles: str | None, name: str | None) -> None:
    """Print the HTML of BLOCK for a sample account, with settings of yours or of an example."""
    if settings_ is None and name is None:
        raise click.UsageError("Give --settings FILE, --example NAME, or both.")
    sample = _example(block, name) if name else Example("", find(block), {}, typical_account())
    raw = json_object(settings_) if settings_ else sample.settings
    look = EmailStyles.parse(json_object(styles) if styles else {})
    try:
        html = Example(sample.name, sample.block, raw, sample.account).render(look)
    except PluginError as problem:
        raise click.ClickException("\n".join(problem.messages)) from None
    click.echo(html)


def _example(block: str, name: str) -> Example:
    """Return a block's example of that name."""
    known = {each.name: each for each in examples(find(block))}
    if name not in known:
        raise click.UsageError(
            f"{block} has no example {name!r}. It has {listed([*known], 'and')}."
        )
    return known[name]
