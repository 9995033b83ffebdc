"""Places in templates: which of the lines that led to a mistake its author should look at."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from jinja2 import Environment, TemplateNotFound

from plugin_server.findings.finding import Finding, Place
from plugin_server.rendering.jinja_environment import source_of, template_name
from plugin_server.rendering.template_trace import TemplateLine
from plugin_server.resources.packages import installed_packages
from plugin_server.resources.paths import TEMPLATES

# The email macros: a mistake in what they are given is made by who calls them.
_SHARED = TEMPLATES / "macros"


def is_shared(file: str) -> bool:
    """Return whether a template is one that all blocks share."""
    return Path(file).is_relative_to(_SHARED)


def name_of_template(file: str) -> str:
    """Return a template's name for the environment's loader by its path; ``""`` if it is nobody's."""
    path = Path(file)
    for package in installed_packages():
        if path.is_relative_to(package.templates):
            return template_name(package, path.relative_to(package.templates).as_posix())
    return ""


def place_in_template(
    finding: Finding, lines: Sequence[TemplateLine], environment: Environment
) -> Finding:
    """Return a finding with its place in a template, and with the line there.

    The innermost line of the block's own templates is the place; the message also names the line of a
    shared macro that it called.

    Args:
        finding: what was found.
        lines: those that led to it, from the outermost; empty leaves the finding without a place.
        environment: loads the templates.
    """
    if not lines:
        return finding
    inner = lines[-1]
    own = next((each for each in reversed(lines) if not is_shared(each.file)), inner)
    message = finding.message
    if own != inner:
        message += f", in line {inner.line} of templates/{inner.name}"
    text = source_line(own, environment)
    column = len(text) - len(text.lstrip()) + 1
    place = Place(own.line, column, elements=finding.place.elements, file=own.file or own.name)
    return replace(finding, place=place, message=message, source_line=text)


def source_line(line: TemplateLine, environment: Environment) -> str:
    """Return a line of a template; ``""`` if the template is gone."""
    try:
        lines = source_of(environment, line.name).split("\n")
    except TemplateNotFound:
        return ""
    return lines[line.line - 1] if line.line <= len(lines) else ""
