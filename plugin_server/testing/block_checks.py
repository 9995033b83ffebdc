"""What is checked once for each block: its files, settings, icons, scopes and searches.

A check yields its problems as sentences; without any, it has passed.
"""

from collections.abc import Collection, Iterator, Sequence
from functools import partial

from plugin_server.blocks.base import Option, SearchQuery, context_of, options_of
from plugin_server.errors import ContentError, UndeclaredScope
from plugin_server.examples.block_examples import Example
from plugin_server.examples.example_files import EVERYTHING
from plugin_server.examples.sample_accounts import account_with_text, bare_account, typical_account
from plugin_server.examples.stress_texts import STRESS_TEXTS
from plugin_server.findings.finding import Severity
from plugin_server.kit.account_data import AccountData
from plugin_server.preview import block_files
from plugin_server.rendering.text import one_line
from plugin_server.resources.text_files import UnreadableText, read_text_file
from plugin_server.settings import usage
from plugin_server.settings.checker import check
from plugin_server.settings.rules import CHECKS, Check, Context
from plugin_server.testing.subject import Subject, sentence_of

# Of the sidebar: what a list can show.
_MOST_OPTIONS, _LONGEST_LABEL = 50, 80


def structure(subject: Subject) -> Iterator[str]:
    """Yield what is missing of a block's files, class and examples."""
    package, name = subject.package, subject.name
    missing = [*block_files.missing(package, name)]
    yield from (f"{each.place.file} {each.message}" for each in missing)
    try:
        block = subject.load()
        if not any(each.code == "example" for each in missing):
            subject.load_examples()
    except Exception as error:  # noqa: BLE001 - the code of a package may raise anything
        yield sentence_of(error)
        return
    yield from (each.message for each in block_files.menu_texts(block, package))


def settings(subject: Subject) -> Iterator[str]:
    """Yield what is wrong in a block's settings JSON, or in how its code and template use the settings."""
    file = subject.package.settings_file(subject.name)
    try:
        text = read_text_file(file)
    except UnreadableText as error:
        yield str(error)
        return
    uses: Check = partial(usage.check_uses, package=subject.package)
    for each in check(text, Context(subject.name), table=(*CHECKS, uses), published=False).findings:
        if each.severity is not Severity.INFO:
            where = f"{each.place.file or file.name}:{each.place.line}:{each.place.column}"
            yield f"{where} {each.code}: {each.sentence}"


def icon(subject: Subject) -> Iterator[str]:
    """Yield why Kit would not take a block's icons: a PNG of 150×120 pixels, and an SVG of one color."""
    for file in block_files.icons(subject.package, subject.name):
        for each in block_files.icon(file, subject.package):
            yield f"{each.place.file} {each.message}"


def scopes(subject: Subject) -> Iterator[str]:
    """Yield scopes that a block needs and does not declare, and those that it declares and does not need."""
    declared = subject.block.scopes
    try:
        _read_everything(subject, declared)
    except UndeclaredScope as error:
        yield str(error)
        return
    for scope in declared:
        try:
            _read_everything(subject, declared.keys() - {scope})
        except UndeclaredScope:
            continue
        yield f'no example and no search reads what "{scope}" is for: remove it from the scopes'


def searches(subject: Subject) -> Iterator[str]:
    """Yield what is wrong with the options of a block's search fields, in every kind of account."""
    everything = subject.examples[EVERYTHING].settings
    accounts = {"typical": typical_account(), "missing_data": bare_account()}
    accounts |= {name: account_with_text(text) for name, text in STRESS_TEXTS.items()}
    allowed = subject.block.scopes
    for setting in subject.block.settings.search_names:
        for name, account in accounts.items():
            for text in ("", "a", "\u05d0 '\"<{{"):
                query = SearchQuery(text, (text,), everything)
                try:
                    options = options_of(
                        subject.block, setting, query, account.restricted_to(allowed)
                    )
                except ContentError:
                    continue  # a sentence for the creator in place of a list
                where = f'the search of {setting} for "{text}" in the account {name}'
                yield from (f"{where}: {problem}" for problem in _option_problems(options))


def _option_problems(options: Sequence[Option]) -> Iterator[str]:
    if len(options) > _MOST_OPTIONS:
        yield f"{len(options)} options; a list shows {_MOST_OPTIONS}"
    labels = [option.label for option in options]
    for label in labels:
        if not label or one_line(label) != label or len(label) > _LONGEST_LABEL:
            yield f"the label {label[:100]!r} is not one line of 1 to {_LONGEST_LABEL} characters"
    if repeated := {label for label in labels if labels.count(label) > 1}:
        yield f"options that look alike: {', '.join(sorted(repeated))}"


def _read_everything(subject: Subject, allowed: Collection[str]) -> None:
    """Make every context and search of a block, with accounts of which it may read what scopes allow."""
    for example in subject.examples.values():
        data = example.account.restricted_to(allowed)
        _read(example, data)
        for setting in example.block.settings.search_names:
            _search(example, setting, data)


def _read(example: Example, data: AccountData) -> None:
    try:
        context_of(example.block, example.block.settings.parse(example.settings), data)
    except ContentError:
        return  # a sentence for the creator, which the example's own test reports


def _search(example: Example, setting: str, data: AccountData) -> None:
    try:
        options_of(example.block, setting, SearchQuery("", ("",), example.settings), data)
    except ContentError:
        return  # there is nothing to search
