"""What is checked once for each block: its files, settings, icons, scopes and searches.

A check yields its problems as sentences; without any, it has passed.
"""

from collections.abc import Collection, Iterator, Sequence
from functools import partial
from pathlib import Path

from plugin_server.blocks.base import Option, SearchQuery, context_of, options_of
from plugin_server.errors import ContentError, UndeclaredScope
from plugin_server.examples.block_examples import Example
from plugin_server.examples.example_files import EVERYTHING, TYPICAL
from plugin_server.examples.sample_accounts import account_with_text, bare_account, typical_account
from plugin_server.examples.stress_texts import STRESS_TEXTS
from plugin_server.findings.finding import Severity
from plugin_server.kit.account_data import AccountData
from plugin_server.rendering.text import one_line
from plugin_server.resources.text_files import UnreadableText, read_text_file
from plugin_server.sandbox.dashboard.icons import read_icon
from plugin_server.settings import usage
from plugin_server.settings.checker import check
from plugin_server.settings.rules import CHECKS, Check, Context
from plugin_server.testing.subject import Subject, sentence_of

# What every block has: an ordinary use, the least that it needs, and all of its settings.
REQUIRED_EXAMPLES = (TYPICAL, "minimal", EVERYTHING)
# Of Kit's element menu. https://developers.kit.com/plugins/content-blocks/plugin-configuration
_MOST_WORDS, _LONGEST_DESCRIPTION = 2, 60
# Of the sidebar: what a list can show.
_MOST_OPTIONS, _LONGEST_LABEL = 50, 80


def structure(subject: Subject) -> Iterator[str]:
    """Yield what is missing of a block's files, class and examples."""
    package, name = subject.package, subject.name
    for file in (*_icons(subject), *(_example_file(subject, each) for each in REQUIRED_EXAMPLES)):
        if not file.is_file():
            yield f"{package.display(file)} is missing"
    try:
        block = subject.load()
        if all(_example_file(subject, each).is_file() for each in REQUIRED_EXAMPLES):
            subject.load_examples()
    except Exception as error:  # noqa: BLE001 - the code of a package may raise anything
        yield sentence_of(error)
        return
    if len(block.label.split()) > _MOST_WORDS:
        yield f'the label "{block.label}" of {name} is long: Kit\'s menu has room for two words'
    if len(block.description) > _LONGEST_DESCRIPTION:
        yield (
            f"the description of {name} has {len(block.description)} characters; Kit's menu has room "
            f'for {_LONGEST_DESCRIPTION}: shorten the docstring\'s first sentence, or give a "description"'
        )


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
            yield f"{file.name}:{each.place.line}:{each.place.column} {each.code}: {each.sentence}"


def icon(subject: Subject) -> Iterator[str]:
    """Yield why Kit would not take a block's icons: a PNG of 150×120 pixels, and an SVG of one color."""
    for file, kind in zip(_icons(subject), ("png", "svg+xml"), strict=True):
        try:
            url, refused = read_icon(file.read_bytes())
        except OSError as error:
            yield f"{subject.package.display(file)} cannot be read: {error.strerror}"
            continue
        yield from (f"{file.name}: {reason}" for reason in refused)
        if not refused and not url.startswith(f"data:image/{kind};"):
            yield f"{file.name} is another kind of file than its name says"


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


def _icons(subject: Subject) -> tuple[Path, Path]:
    folder = subject.package.static / "icons"
    return folder / f"{subject.name}.png", folder / f"{subject.name}.svg"


def _example_file(subject: Subject, example: str) -> Path:
    return subject.package.examples / subject.name / f"{example}.json"
