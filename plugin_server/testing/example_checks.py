"""What is checked of each example of a block: its HTML, and what becomes of a draft that has its settings.

A check yields its problems as sentences; without any, it has passed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from plugin_server.blocks.base import SearchQuery, context_of, dynamic_block, options_of
from plugin_server.errors import ContentError, ContentNotFound
from plugin_server.examples.block_examples import CHOOSE_FROM_SAMPLE, Example
from plugin_server.examples.example_lint import sent_html
from plugin_server.examples.sample_accounts import bare_account
from plugin_server.findings.finding import Finding, Severity
from plugin_server.kit.account_data import AccountData
from plugin_server.rendering.email_styles import EmailStyles
from plugin_server.rendering.renderer import Renderer
from plugin_server.settings.setting import Setting
from plugin_server.testing.html_judge import judge as judge_html
from plugin_server.testing.subject import Subject, sentence_of

# Codes of the lint that ``size`` reports.
_SIZES = {"size", "style-size", "long-line", "too-deep"}
# Those of a usual email, as Kit sends them.
_USUAL_STYLES = {
    "p": {"color": "rgb(45, 45, 47)", "font-family": "Georgia, serif", "font-size": "18px"},
    "a": {"color": "rgb(7, 103, 180)", "text-decoration": "underline"},
    "h2": {"color": "rgb(45, 45, 47)", "font-size": "28px", "font-weight": "700"},
}
_RENDERER_MEGABYTES = 4


def renders(subject: Subject, name: str) -> Iterator[str]:
    """Yield why an example is refused by the gate, or fails, in an email with styles or without."""
    for styles in (EmailStyles(), EmailStyles.parse(_USUAL_STYLES)):
        try:
            subject.examples[name].render(styles)
        except ContentError as error:
            hint = f" {CHOOSE_FROM_SAMPLE}" if isinstance(error, ContentNotFound) else ""
            yield f"a creator would read instead: {' '.join(error.messages)}{hint}"
            return
        except Exception as error:
            error.add_note(sentence_of(error))
            raise


def judge(subject: Subject, name: str) -> Iterator[str]:
    """Yield what parsers that the gate does not use object to; of a dynamic block, in what is sent."""
    html = subject.html(name)
    dynamic = dynamic_block(subject.block)
    if dynamic is None:
        yield from judge_html(html)
        return
    for who, sent in sent_html(html, dynamic).items():
        if sent.strip():
            yield from (
                f"{each}, as sent to a subscriber with {who}" for each in judge_html(sent.strip())
            )


def lint(subject: Subject, name: str) -> Iterator[str]:
    """Yield errors and warnings of the lint that nobody has accepted."""
    yield from _unaccepted(subject, name, is_size=False)


def size(subject: Subject, name: str) -> Iterator[str]:
    """Yield what is too large or too long: the block, its style sheet, a line."""
    yield from _unaccepted(subject, name, is_size=True)


def same_bytes(subject: Subject, name: str) -> Iterator[str]:
    """Yield whether equal settings give different HTML: editors and caches compare bytes."""
    expected = subject.html(name)
    example = subject.examples[name]
    renderer = Renderer(megabytes=_RENDERER_MEGABYTES)
    # As the server renders: the first prepares the block, the second fills it in.
    for _ in range(2):
        if _rendered(renderer, example) != expected:
            yield "the same settings give another HTML the second time: leave out what is random or a time"
            return


def drafts(subject: Subject, name: str) -> Iterator[str]:
    """Yield how a stored draft breaks: its search values are not found, or a changed setting is a bug."""
    example = subject.examples[name]
    for setting in example.block.settings.settings:
        stored = example.settings.get(setting.name)
        if setting.type == "search" and stored:
            yield from _not_restored(example, setting.name, stored)
        yield from _broken_by_change(example, setting)
    _outcome(example, {})


def _unaccepted(subject: Subject, name: str, *, is_size: bool) -> Iterator[str]:
    found = (each for each, reason in subject.linted(name) if reason is None)
    yield from dict.fromkeys(
        _line(each)
        for each in found
        if each.severity is not Severity.INFO and (each.code in _SIZES) is is_size
    )


def _line(finding: Finding) -> str:
    about = " ".join(filter(None, (finding.code, finding.feature, finding.client)))
    message = f"line {finding.place.line}: {finding.severity} [{about}] {finding.message}."
    return f"{message} {finding.advice}".rstrip()


def _rendered(renderer: Renderer, example: Example) -> str:
    styles = EmailStyles()
    values = example.block.settings.parse(example.settings)
    return renderer.render(
        example.block.name,
        context_of(example.block, values, _account(example)),
        lambda: styles,
        instance=example.name,
        email_digest=styles.digest,
        dynamic=dynamic_block(example.block),
    )


def _account(example: Example) -> AccountData:
    return example.account.restricted_to(example.block.scopes)


def _not_restored(example: Example, setting: str, stored: object) -> Iterator[str]:
    """Yield the stored values of a search field that are not found when the draft is opened again."""
    several = isinstance(stored, list | tuple)
    values = tuple(map(str, stored)) if isinstance(stored, list | tuple) else (str(stored),)
    query = SearchQuery("" if several else values[0], values, example.settings)
    options = options_of(example.block, setting, query, _account(example))
    for value in set(values) - {option.value for option in options}:
        yield (
            f'the search of {setting} does not find "{value}", which a draft has stored: search for '
            "query.values, too, and choose in the example what the made-up account has"
        )


def _broken_by_change(example: Example, setting: Setting) -> Iterator[str]:
    """Yield whether a draft that is older than a change of a setting is shown otherwise than without it.

    What a block takes of the account where a setting is left empty, such as a brand color, may be missing
    there, too.
    """
    others = {key: value for key, value in example.settings.items() if key != setting.name}
    missing = _outcome(example, others)
    _outcome(replace(example, account=bare_account()), others)
    renamed = _outcome(
        example, {**others, f"{setting.name}_before": example.settings.get(setting.name)}
    )
    if renamed != missing:
        yield f"a draft from before {setting.name} had its name is not shown as one without it"
    if setting.options:
        _outcome(example, {**example.settings, setting.name: "no longer offered"})


def _outcome(example: Example, settings: Mapping[str, object]) -> str | list[str]:
    """Return the HTML or the sentences that a draft gets; anything else is an error of the block."""
    draft = Example(example.name, example.block, settings, example.account)
    try:
        return draft.render(EmailStyles())
    except ContentError as error:
        return error.messages
    except Exception as error:
        error.add_note(f"with the settings {dict(settings)}: {sentence_of(error)}")
        raise
