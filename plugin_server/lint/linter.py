"""The linter: every rule in one list, and the client support of what a page uses."""

from collections.abc import Callable, Iterator, Sequence

from plugin_server.findings.finding import Finding
from plugin_server.lint import (
    accessibility,
    clients,
    images,
    kit,
    legibility,
    size,
    structure,
    urls,
)
from plugin_server.lint.compat import DEFAULT_CLIENTS
from plugin_server.lint.page import Page, read

Rule = Callable[[Page], Iterator[Finding]]

RULES: tuple[Rule, ...] = (
    size.depth,
    structure.structure,
    kit.rejected_elements,
    kit.event_handlers,
    kit.scripting_urls,
    kit.external_styles,
    kit.css_urls,
    kit.style_elements,
    kit.far_reaching_selectors,
    kit.link_targets,
    kit.fixed_widths,
    kit.root_backgrounds,
    kit.ids,
    images.image_texts,
    accessibility.link_texts,
    accessibility.table_roles,
    accessibility.headings,
    accessibility.lists,
    accessibility.text_directions,
    accessibility.languages,
    legibility.type_sizes,
    legibility.contrasts,
    size.block_size,
    size.email_size,
    size.long_lines,
    size.style_sizes,
    size.nested_rules,
    urls.link_urls,
    images.image_urls,
    images.image_widths,
    clients.fragile_colors,
)


def lint(html: str, names: Sequence[str] = DEFAULT_CLIENTS) -> list[Finding]:
    """Return the findings in a block or a whole email, in the order of the source.

    Args:
        html: any text; nothing is too broken to be read.
        names: the clients whose support is looked up, keys of ``compat().clients``.
    """
    page = read(html)
    found = [finding for rule in RULES for finding in rule(page)]
    found.extend(clients.client_findings(page, names))
    return sorted(dict.fromkeys(found), key=lambda each: (each.place.line, each.place.column))
