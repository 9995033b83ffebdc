"""``plugin-server lint``."""

from collections.abc import Iterable, Iterator, Sequence

import click

from plugin_server.blocks.loading import load_block
from plugin_server.commands.arguments import NAMES
from plugin_server.errors import ContentNotFound, PluginError
from plugin_server.examples.block_examples import CHOOSE_FROM_SAMPLE, Example, examples
from plugin_server.examples.time_limit import TookTooLong
from plugin_server.findings.finding import START, Finding, error
from plugin_server.findings.wording import listed
from plugin_server.lint import report
from plugin_server.lint.allowed import print_allowed
from plugin_server.lint.compat import DEFAULT_CLIENTS, compat
from plugin_server.lint.linter import lint as lint_html
from plugin_server.preview.source_errors import findings_of, source_findings
from plugin_server.rendering.email_styles import EmailStyles
from plugin_server.rendering.refusal import ExplainedRefusal
from plugin_server.resources.packages import block_names, package_of
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
@click.option("--allowed", is_flag=True, help="Print what blocks may use, and check nothing.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def command(
    context: click.Context,
    blocks: tuple[str, ...],
    files: tuple[str, ...],
    clients: tuple[str, ...],
    strict: bool,
    verbose: bool,
    allowed: bool,
    format_: str,
) -> None:
    """Check how Kit, readers and mail clients handle the HTML of every block, of BLOCKs, or of FILEs."""
    if allowed:
        print_allowed(tools=format_ == "json")
        return
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
    """Yield what is found in each of a block's examples, then in its source.

    A mistake in the source may spoil many examples, and is reported once.
    """
    package = package_of(block)
    in_source = source_findings(package.template_file(block)) if package else []
    try:
        loaded = load_block(block)
    except Exception as problem:  # noqa: BLE001 - a block's module may raise anything
        in_source += findings_of(problem)
    else:
        for example in examples(loaded):
            try:
                page, mistakes = _found(example, clients)
            except TookTooLong as problem:
                # The other examples would have the reader wait as long.
                in_source += findings_of(problem)
                break
            in_source += mistakes
            yield report.Linted.of_example(block, example.name, page)
    if in_source:
        yield report.Linted("source", tuple(_unique(in_source)), block=block)


def _found(example: Example, clients: Sequence[str]) -> tuple[list[Finding], list[Finding]]:
    """Return the findings in an example's HTML, and those in the source that it could not be made of."""
    try:
        return lint_html(example.render(EmailStyles()), clients), []
    except TookTooLong:
        raise
    except ExplainedRefusal as refusal:
        mistakes = findings_of(refusal)
    except PluginError as problem:
        message = " ".join(problem.messages)
        advice = "An example has to render."
        if isinstance(problem, ContentNotFound):
            advice += f" {CHOOSE_FROM_SAMPLE}"
        return [error("not-rendered", START, message, advice)], []
    except Exception as problem:  # noqa: BLE001 - a block's own code may raise anything
        mistakes = findings_of(problem)
    return [each for each in mistakes if not each.place.file], [
        each for each in mistakes if each.place.file
    ]


def _unique(findings: Iterable[Finding]) -> list[Finding]:
    """Return the first finding of each rule on each line, in the order of files and lines.

    Messages repeat what examples contain; the advice is the same for all.
    """
    first: dict[tuple[object, ...], Finding] = {}
    for each in findings:
        first.setdefault((each.place.file, each.place.line, each.code, each.advice), each)
    return sorted(first.values(), key=lambda each: (each.place.file, each.place.line))


def _linted_file(name: str, clients: Sequence[str]) -> report.Linted:
    title = "standard input" if name == "-" else name
    try:
        return report.Linted(title, tuple(lint_html(read_text_file(name), clients)))
    except CannotOpen as problem:
        raise click.UsageError(str(problem)) from problem
    except UnreadableText as problem:
        advice = "Save it as UTF-8, as an editor's Save As offers it."
        return report.Linted(title, (error("not-text", START, str(problem), advice),))
