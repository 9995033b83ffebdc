"""Runs the checks of an app, in order, and yields each outcome as soon as it is there."""

import logging
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from plugin_server.sandbox.rehearsal import (
    dynamic_listing,
    html_content,
    html_endpoint,
    liquid_content,
    listing,
    oauth_refresh,
    oauth_states,
    oauth_tokens,
    robustness,
    search_endpoint,
)
from plugin_server.sandbox.rehearsal.check import (
    GROUPS,
    HTML,
    LISTING,
    OAUTH,
    ROBUSTNESS,
    SEARCH,
    Check,
    Outcome,
    Skipped,
    Status,
    fail,
    outcome_of,
)
from plugin_server.sandbox.rehearsal.search_endpoint import TestedSearch
from plugin_server.sandbox.rehearsal.subject import Subject
from plugin_server.sandbox.rehearsal.tested_plugin import TestedPlugin

log = logging.getLogger(__name__)

_OAUTH_CHECKS = (*oauth_states.CHECKS, *oauth_tokens.CHECKS, *oauth_refresh.CHECKS)
_INSTALLATION = _OAUTH_CHECKS[0]


@dataclass(frozen=True)
class Planned:
    """A check and what it is made of; ``about`` names it."""

    check: Check
    about: str
    of: Any


def plan(subject: Subject, only: Collection[str] = ()) -> list[Planned]:
    """Return the checks of an app in their order; ``only`` are keys of ``GROUPS``, none means all.

    The app is installed first where the others need it.
    """
    groups = {GROUPS[name] for name in only} or {*GROUPS.values()}
    plugins = [TestedPlugin(subject, plugin) for plugin in subject.plugins]
    searches = [TestedSearch(tested, setting) for tested in plugins for setting in tested.searches]
    app, by_name = [("", subject)], [(tested.name, tested) for tested in plugins]
    by_group = {
        OAUTH: _of(_OAUTH_CHECKS, app),
        HTML: _of((*html_endpoint.CHECKS, *liquid_content.CHECKS, *html_content.CHECKS), by_name),
        SEARCH: _of(search_endpoint.CHECKS, [(search.name, search) for search in searches]),
        LISTING: [
            *_of(listing.APP_CHECKS, app),
            *_of((*listing.PLUGIN_CHECKS, *dynamic_listing.PLUGIN_CHECKS), by_name),
        ],
        ROBUSTNESS: [
            *_of(robustness.PLUGIN_CHECKS, by_name),
            *_of(robustness.APP_CHECKS, app),
        ],
    }
    planned = [each for group in GROUPS.values() if group in groups for each in by_group[group]]
    if subject.uses_oauth and OAUTH not in groups and groups != {LISTING}:
        planned.insert(0, Planned(_INSTALLATION, "", subject))
    return planned


def _of(checks: Sequence[Check], parts: Sequence[tuple[str, Any]]) -> list[Planned]:
    """Return every check for each part, one part after the other."""
    return [Planned(check, about, of) for about, of in parts for check in checks]


def rehearse(
    subject: Subject,
    planned: Sequence[Planned],
    started: Callable[[Planned], None] = lambda _: None,
) -> Iterator[Outcome]:
    """Make the planned checks and yield their outcomes; ``started`` is called before each."""
    before = OAUTH
    for each in planned:
        started(each)
        if each.check.group != before == OAUTH:
            # The OAuth checks may have cost the installation.
            subject.install_again()
        before = each.check.group
        yield _made(subject, each)


def _made(subject: Subject, planned: Planned) -> Outcome:
    check, about = planned.check, planned.about
    if _needs_oauth(check) and not subject.uses_oauth:
        reason = "No plugin of the app is authorized by OAuth."
        return Outcome(check, about, Status.SKIPPED, reason=reason)
    started_at = time.perf_counter()
    with subject.caller.recording() as calls:
        try:
            flaws = [*check.run(planned.of)]
        except Skipped as skipped:
            return Outcome(check, about, Status.SKIPPED, reason=str(skipped))
        except Exception as error:  # an app's response may be anything; the other checks go on
            log.exception("The check %s failed", check.id)
            flaws = [fail(f"The check itself failed ({type(error).__name__}): report this")]
    clean = subject.caller.redaction.clean
    return outcome_of(check, about, flaws, calls, time.perf_counter() - started_at, clean)


def _needs_oauth(check: Check) -> bool:
    return check.group == OAUTH or check in robustness.APP_CHECKS
