"""``plugin-server lint``."""

from collections.abc import Iterator, Sequence

import click

from plugin_server.blocks.loading import load_block
from plugin_server.commands.arguments import NAMES
from plugin_server.errors import PluginError
from plugin_server.examples.block_examples import Example, examples
from plugin_server.examples.time_limit import TookTooLong
from plugin_server.findings.finding import START, Finding, error
from plugin_server.findings.wording import listed
from plugin_server.lint import report
from plugin_server.lint.compat import DEFAULT_CLIENTS, compat
from plugin_server.lint.linter import lint as lint_html
from plugin_server.preview.source_errors import source_error_of
from plugin_server.rendering.email_styles import EmailStyles
from plugin_server.resources.packages import block_names
from plugin_server.resources.text_files import CannotOpen, UnreadableText, read_text_file


def _known_clients(_: click.Context, __: click.Parameter, given: str) -> tuple[str, ...]:
    """Read ``gmail,outlook``."""
    names = tuple(dict.fromkeys(filter(None, (each.strip().lower() for each in given.split(",")))))
    known = compat().clients
    if unknown := [name for name in names if name not in known]:
        raise click.BadParameter(
            f"{listed(unknown, 'and')} not known. Known are {listed([*known], 'and')}."
        )
    if not names:
        raise click.BadParameter(f"name at least one of {listed([*known])}.")
    return names


@click.command("lint")
@click.argument("blocks", nargs=-1, type=NAMES, metavar="[BLOCK]...")
@click.option("--html", "files", multiple=True, metavar="FILE", help="Any HTML (- reads stdin).")
@click.option(
    "--clients",
    default=",".join(DEFAULT_CLIENTS),
    show_default=True,
    callback=_known_clients,
    help="Mail clients that matter, comma-separated.",
)
@click.option("--strict", is_flag=True, help="Fail on warnings, too.")
@click.option("--verbose", is_flag=True, help="Show infos, and what is accepted in our own blocks.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def command(
    context: click.Context,
    blocks: tuple[str, ...],
    files: tuple[str, ...],
    clients: tuple[str, ...],
    strict: bool,
    verbose: bool,
    format_: str,
) -> None:
    """Check how Kit, readers and mail clients handle the HTML of every block, of BLOCKs, or of FILEs."""
    chosen = blocks or (() if files else tuple(block_names()))
    results = [
        *(each for name in chosen for each in _linted(name, clients)),
        *(_linted_file(name, clients) for name in files),
    ]
    status = report.print_report(
        results, clients=clients, tools=format_ == "json", verbose=verbose, strict=strict
    )
    context.exit(status)


def _linted(block: str, clients: Sequence[str]) -> Iterator[report.Linted]:
    """Yield what is found in each of a block's examples."""
    for example in examples(load_block(block)):
        try:
            found = _found(example, clients)
        except TookTooLong as problem:
            # The other examples would have the reader wait as long.
            found = [_not_rendered(str(source_error_of(problem)))]
            yield report.Linted.of_example(block, example.name, found)
            return
        yield report.Linted.of_example(block, example.name, found)


def _found(example: Example, clients: Sequence[str]) -> list[Finding]:
    try:
        return lint_html(example.render(EmailStyles()), clients)
    except TookTooLong:
        raise
    except PluginError as problem:
        message = " ".join(problem.messages)
    except Exception as problem:  # noqa: BLE001 - a block's own code may raise anything
        message = str(source_error_of(problem))
    return [_not_rendered(message)]


def _not_rendered(message: str) -> Finding:
    return error("not-rendered", START, message, "An example has to render.")


def _linted_file(name: str, clients: Sequence[str]) -> report.Linted:
    title = "standard input" if name == "-" else name
    try:
        return report.Linted(title, tuple(lint_html(read_text_file(name), clients)))
    except CannotOpen as problem:
        raise click.UsageError(str(problem)) from problem
    except UnreadableText as problem:
        advice = "Save it as UTF-8, as an editor's Save As offers it."
        return report.Linted(title, (error("not-text", START, str(problem), advice),))
