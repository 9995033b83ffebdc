"""``plugin-server lint``."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import click

from plugin_server.blocks.base import Block
from plugin_server.blocks.loading import load_block
from plugin_server.commands.arguments import NAMES, json_object
from plugin_server.errors import ContentNotFound, PluginError
from plugin_server.examples.block_examples import CHOOSE_FROM_SAMPLE, Example, examples
from plugin_server.examples.example_files import InvalidExample
from plugin_server.examples.example_lint import lint_example
from plugin_server.examples.time_limit import TookTooLong
from plugin_server.findings.finding import START, Finding, error
from plugin_server.findings.wording import listed
from plugin_server.lint import report
from plugin_server.lint.allowed import print_allowed
from plugin_server.lint.compat import DEFAULT_CLIENTS, compat
from plugin_server.lint.linter import lint as lint_html
from plugin_server.lint.liquid.knowledge import Knowledge
from plugin_server.lint.liquid.linter import lint_liquid
from plugin_server.preview import block_files
from plugin_server.preview.source_errors import findings_of, source_findings
from plugin_server.rendering.email_styles import EmailStyles
from plugin_server.rendering.refusal import ExplainedRefusal
from plugin_server.resources.packages import block_names, package_of
from plugin_server.resources.text_files import CannotOpen, UnreadableText, read_text_file
from plugin_server.settings.rules import Context
from plugin_server.settings.sidebar import nodes
from plugin_server.settings.usage import check_uses


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
    "--liquid",
    "templates",
    multiple=True,
    metavar="FILE",
    help="The Liquid of any dynamic block (- reads stdin).",
)
@click.option(
    "--fields",
    metavar="KEYS",
    help="The account's custom fields for --liquid, comma-separated; otherwise any may exist.",
)
@click.option(
    "--event",
    metavar="APP.EVENT",
    help="For --liquid: the identifiers of the app and of the block's event plugin.",
)
@click.option("--sample", metavar="FILE", help="For --event: JSON of its sample data.")
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
    templates: tuple[str, ...],
    fields: str | None,
    event: str | None,
    sample: str | None,
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
    known = _knowledge(fields, event, sample)
    chosen = blocks or (() if files or templates else tuple(block_names()))
    loaded: list[Block] = []
    results = [
        *(each for name in chosen for each in _linted(name, clients, loaded)),
        *(_linted_file(name, lambda html: lint_html(html, clients)) for name in files),
        *(_linted_file(name, lambda html: lint_liquid(html, known)) for name in templates),
    ]
    status = report.print_report(
        results, clients=clients, tools=format_ == "json", verbose=verbose, strict=strict
    )
    context.exit(status)


def _linted(name: str, clients: Sequence[str], earlier: list[Block]) -> Iterator[report.Linted]:
    """Yield what is found in each of a block's examples, then in its source.

    A mistake in the source may spoil many examples, and is reported once. The block is added to the
    ``earlier`` ones.
    """
    package = package_of(name)
    in_source = source_findings(package.template_file(name)) if package else []
    try:
        block = load_block(name)
    except Exception as problem:  # noqa: BLE001 - a block's module may raise anything
        in_source += [*findings_of(problem), *_wrong_names(name)]
    else:
        try:
            for example in examples(block):
                page, mistakes = _found(example, clients)
                in_source += mistakes
                yield report.Linted.of_example(name, example.name, page)
        except TookTooLong as problem:
            # The other examples would have the reader wait as long.
            in_source += findings_of(problem)
        except InvalidExample as problem:
            in_source += findings_of(problem) if problem.file.exists() else []
        in_source += _beside(block, earlier)
        earlier.append(block)
    if in_source:
        yield report.Linted("source", tuple(_unique(in_source)), block=name)


def _wrong_names(name: str) -> Iterator[Finding]:
    """Yield the settings that a block's code and template get wrong, which no example can show now."""
    package = package_of(name)
    if package is None:
        return
    try:
        sidebar = [*nodes(json.loads(read_text_file(package.settings_file(name))))]
    except (UnreadableText, ValueError, RecursionError):
        return  # it is reported by itself
    yield from (each for each in check_uses(sidebar, Context(name), package) if each.place.file)


def _beside(block: Block, earlier: Sequence[Block]) -> Iterator[Finding]:
    """Yield what is wrong with a block's icons, examples, and what Kit's element menu shows of it."""
    package = package_of(block.name)
    if package is None:
        return
    yield from block_files.missing(package, block.name)
    for file in filter(Path.exists, block_files.icons(package, block.name)):
        yield from block_files.icon(file, package)
    yield from block_files.menu_texts(block, package)
    before = [
        each
        for each in earlier
        if package_of(each.name) == package and each.sort_order == block.sort_order
    ]
    yield from block_files.equal_orders([*before, block], package)


def _found(example: Example, clients: Sequence[str]) -> tuple[list[Finding], list[Finding]]:
    """Return the findings in an example's HTML, and those in the source that it could not be made of."""
    try:
        return lint_example(example, example.render(EmailStyles()), clients), []
    except TookTooLong:
        raise
    except ExplainedRefusal as refusal:
        mistakes = findings_of(refusal)
    except PluginError as problem:
        package = package_of(example.block.name)
        if package and (file := package.example_file(example.block.name, example.name)).is_file():
            return [], [block_files.not_rendered(file, package, problem)]
        # It is made of another one, and of texts that strain it.
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


def _knowledge(fields: str | None, event: str | None, sample: str | None) -> Knowledge:
    """Return what the options say of a dynamic block."""
    keys = [each.strip() for each in fields.split(",") if each.strip()] if fields else None
    if event is None:
        if sample:
            raise click.UsageError("--sample is of an event plugin: give --event APP.EVENT.")
        return Knowledge(custom_fields=keys)
    app, _, identifier = event.partition(".")
    if not (app and identifier) or "." in identifier:
        raise click.BadParameter(f"{event} is not APP.EVENT.", param_hint="--event")
    return Knowledge(keys, app, identifier, json_object(sample) if sample else None)


def _linted_file(name: str, lint: Callable[[str], Iterable[Finding]]) -> report.Linted:
    title = "standard input" if name == "-" else name
    try:
        return report.Linted(title, tuple(lint(read_text_file(name))))
    except CannotOpen as problem:
        raise click.UsageError(str(problem)) from problem
    except UnreadableText as problem:
        advice = "Save it as UTF-8, as an editor's Save As offers it."
        return report.Linted(title, (error("not-text", START, str(problem), advice),))
