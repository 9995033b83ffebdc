"""A block's settings JSON: loaded and checked once, published for Kit, applied to requests."""

from collections import Counter
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from plugin_server.errors import SettingsInvalid
from plugin_server.findings.finding import Finding
from plugin_server.resources.packages import built_in_package, package_of
from plugin_server.resources.text_files import UnreadableText, read_text_file
from plugin_server.settings.checker import check
from plugin_server.settings.rules import ANYONES, Context
from plugin_server.settings.setting import Setting, setting_of
from plugin_server.settings.sidebar import ANYTHING, Condition, meant, nodes
from plugin_server.settings.text_formats import TextFormat
from plugin_server.settings.values import (
    MISSING,
    Unusable,
    Values,
    empty_value,
    is_missing,
    parse_value,
)


class DefinitionError(Exception):
    """A settings JSON file that Kit would refuse or that this server cannot read.

    A developer's mistake: it stops the start. ``problems`` holds one ``path: what is wrong`` each, ``file``
    and ``line``, from 1, are where the first one is; ``findings`` are all that have a place.
    """

    def __init__(self, source: Path, problems: list[str], findings: Sequence[Finding] = ()) -> None:
        """Name the file and its problems."""
        self.file, self.line = source, findings[0].place.line if findings else None
        self.problems = problems
        self.findings = [
            replace(each, place=replace(each.place, file=str(source))) for each in findings
        ]
        super().__init__("\n".join(f"{source.name}: {problem}" for problem in problems))

    @property
    def problem(self) -> str:
        """The first problem, and how to see the others."""
        more = len(self.problems) - 1
        others = f" ({more} more: see `plugin-server settings check`)" if more else ""
        return self.problems[0].removeprefix(f"line {self.line}: ") + others


@dataclass(frozen=True)
class SettingsDefinition:
    """The settings of one block, in the order of its sidebar, those within groups included.

    ``source`` is the settings JSON itself; not to be changed.
    """

    settings: tuple[Setting, ...]
    source: Sequence[Any]

    @cached_property
    def search_names(self) -> list[str]:
        """The names of the settings of type ``search``."""
        return [setting.name for setting in self.settings if setting.type == "search"]

    def with_formats(self, formats: Mapping[str, TextFormat]) -> "SettingsDefinition":
        """Return the definition with formats of settings of type ``text``, by name."""
        settings = (
            replace(each, format=formats.get(each.name)) if each.type == "text" else each
            for each in self.settings
        )
        return replace(self, settings=tuple(settings))

    def public(self, base_url: str) -> list[dict[str, Any]]:
        """Return the settings JSON to paste in Kit's dashboard.

        Args:
            base_url: this server's public URL; ``request_url``s that are paths become absolute
                under it, also within groups.
        """
        finished: list[dict[str, Any]] = deepcopy(list(self.source))
        for node in nodes(finished):
            url = node.members.get("request_url", "")
            if url.startswith("/") and isinstance(node.members, dict):
                node.members["request_url"] = base_url.rstrip("/") + url
        return finished

    @cached_property
    def _titles(self) -> Mapping[str, str]:
        return _titles(self.settings)

    def parse(self, raw: Mapping[str, object]) -> Values:
        """Return typed values from the ``settings`` of a request.

        Names that the definition does not have are ignored: a draft may be older than it. A
        setting that is absent gets its default, which is what the sidebar shows. Without one, and
        when it is empty or hidden, it gets ``values.empty_value``; a hidden one does so whatever
        the draft still holds.

        Raises:
            SettingsInvalid: one sentence for each visible setting that the creator must fix, in
                the order of the sidebar (code 422 in Kit's envelope, HTTP 200).
        """
        given = {each.name: _entered(each, raw) for each in self.settings}
        shown = _shown(self.settings, given)
        titles = self._titles
        values: dict[str, object] = {}
        problems: list[str] = []
        for setting in self.settings:
            name, entered = setting.name, given[setting.name]
            values[name] = empty_value(setting)
            if name not in shown:
                continue
            if not is_missing(setting, entered):
                try:
                    values[name] = parse_value(setting, entered)
                except Unusable as problem:
                    problems.append(f'"{titles[name]}" {problem}')
            elif setting.required:
                problems.append(f'"{titles[name]}" {MISSING[setting.type]}')
        if problems:
            raise SettingsInvalid(problems)
        return Values(values)


def _entered(setting: Setting, raw: Mapping[str, object]) -> object:
    """Return what the sidebar holds: the draft's value, or the default of what was never touched.

    Text that was emptied (``""``) stays empty; where nothing can be emptied, the default returns.
    """
    entered = raw.get(setting.name)
    untouched = entered is None or (setting.type != "textarea" and is_missing(setting, entered))
    return setting.default if untouched else entered


def _shown(settings: Sequence[Setting], given: Mapping[str, object]) -> set[str]:
    """Return the names of the settings whose conditions are met.

    What is hidden has no value, and a toggle that is off counts as empty.
    """
    by_name = {each.name: each for each in settings}
    known: dict[str, bool] = {}

    def is_shown(setting: Setting) -> bool:
        if not setting.conditions:
            return True
        if setting.name not in known:
            known[setting.name] = False  # until it is known; circles are refused when loading
            known[setting.name] = all(map(is_met, setting.conditions))
        return known[setting.name]

    def is_met(condition: Condition) -> bool:
        target = by_name[condition.field]
        value = given[condition.field] if is_shown(target) else None
        empty = is_missing(target, value) or value is False
        required = meant(condition.value, target.type)
        return empty if required is None else not empty and _is(value, required)

    return {each.name for each in settings if is_shown(each)}


def _is(value: object, required: object) -> bool:
    """Return whether a value is what a condition requires; 1 is not true, as in JavaScript."""
    if required is ANYTHING:
        return True
    return isinstance(value, bool) == isinstance(required, bool) and value == required


def _titles(settings: Sequence[Setting]) -> Mapping[str, str]:
    """Return what a creator calls each setting: its label, with its group's where two are equal."""
    labels = Counter(each.label for each in settings)
    return {
        each.name: f"{each.group}: {each.label}"
        if each.group and labels[each.label] > 1
        else each.label
        for each in settings
    }


def load(block: str) -> SettingsDefinition:
    """Return the definition in ``settings_json/<block>.json`` of the package that has the block.

    Raises:
        DefinitionError: the file has mistakes. The message holds the path of every one, such as
            ``[2].options[0].label``.
    """
    package = package_of(block) or built_in_package()
    source = package.settings_file(block)
    try:
        text = read_text_file(source)
    except UnreadableText as error:
        raise DefinitionError(source, [error.reason]) from error
    return _parsed(text, source, Context(block=block))


# Checking a settings JSON takes about 40 ms, and processes load the same ones again and again.
@lru_cache(maxsize=64)
def _parsed(text: str, source: Path, context: Context) -> SettingsDefinition:
    return parse_definition(text, source, context)


def parse_definition(
    text: str, source: str | Path = "settings JSON", context: Context = ANYONES
) -> SettingsDefinition:
    """Return the definition that ``text`` holds; ``source`` is its file, for error messages.

    Raises:
        DefinitionError: as ``load``; warnings do not count.
    """
    report = check(text, context, published=False)
    if report.errors or not isinstance(report.definition, list):
        problems = [_problem(each) for each in report.errors]
        raise DefinitionError(Path(source), problems, report.errors)
    settings = tuple(setting_of(node) for node in nodes(report.definition) if not node.is_group)
    return SettingsDefinition(settings, report.definition)


def _problem(finding: Finding) -> str:
    return ("" if finding.place.path else f"line {finding.place.line}: ") + finding.sentence
