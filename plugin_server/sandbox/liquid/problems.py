"""What is wrong with a Liquid template, as a sentence with the line of the template."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plugin_server.sandbox.liquid.processes import LIMITS

_UNCLOSED = re.compile(r"expected tag (end\w+), found")
_UNEXPECTED = re.compile(r"unexpected tag '(\w+)'")
_FILTER = re.compile(r"unknown filter '(.*)'")
_LIMITS = {
    "LoopIterationLimitError": f"Its loops run more than {LIMITS.loops:,} times",
    "OutputStreamLimitError": f"It prints more than {LIMITS.output // 1024} KB",
    "LocalNamespaceLimitError": f"Its variables hold more than {LIMITS.variables // 1024**2} MB",
    "BlockNestingError": "Its tags are nested too deeply",
    "ContextDepthError": "Its loops are nested too deeply",
    "RecursionError": "It is nested too deeply",
    "MemoryError": "It needs too much memory",
}
_INSIDE = {"else", "elsif", "when", "endraw"}


@dataclass(frozen=True)
class Problem:
    """Why there is nothing to show: a sentence, and where; 0 when that is not known, else from 1."""

    sentence: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """Return the sentence after its line."""
        return f"Line {self.line} of the Liquid: {self.sentence}" if self.line else self.sentence


def problem_of(found: Mapping[str, Any], template: str) -> Problem:
    """Return what the worker reports of a template as people read it."""
    at = found["at"]
    line = template.count("\n", 0, at) + 1 if at >= 0 else 0
    column = at - template.rfind("\n", 0, at) if at >= 0 else 0
    return Problem(_sentence(found), line, column)


def _sentence(found: Mapping[str, Any]) -> str:
    text, tag = found["text"], found["tag"]
    limit = next((_LIMITS[each] for each in found["causes"] if each in _LIMITS), None)
    if limit:
        return f"{limit}."
    if match := _UNCLOSED.match(text):
        return f"{{% {tag} %}} is not closed: add {{% {match[1]} %}}."
    if match := _UNEXPECTED.match(text):
        name = match[1]
        if name.startswith("end") or name in _INSIDE:
            return f"{{% {name} %}} stands where no tag before it needs it."
        return f"{{% {name} %}} is not a tag of Liquid."
    if match := _FILTER.match(text):
        return f"“{match[1]}” is not a filter of Liquid."
    if found["kind"] == "TemplateNotFoundError":
        return f"There is no template “{text}”: a block has to hold all of its Liquid."
    if text.endswith("found end of file"):
        return f"{text.partition(',')[0].replace('expected', 'Expected')} before the end."
    if text and "unexpected liquid" not in text:
        text = text.replace("end of expression", "the end of the tag").rstrip(".")
        return f"{text[:1].upper()}{text[1:]}."
    return f"It cannot be rendered ({found['causes'][-1]})."
