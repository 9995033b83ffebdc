"""Makes the subject of a rehearsal from the app in the sandbox's dashboard."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from plugin_server.config.hosts import is_loopback
from plugin_server.sandbox.context import Sandbox
from plugin_server.sandbox.editor.examples import examples_of
from plugin_server.sandbox.kit.accounts import Account
from plugin_server.sandbox.liquid.plugin_readers import PluginReaders
from plugin_server.sandbox.rehearsal.by_hand import Arrivals, ByHand
from plugin_server.sandbox.rehearsal.calls import Caller
from plugin_server.sandbox.rehearsal.chromium import Chromium, find_chromium
from plugin_server.sandbox.rehearsal.consent import FirstThatCan, HttpPerson, Person
from plugin_server.sandbox.rehearsal.redaction import Redaction
from plugin_server.sandbox.rehearsal.subject import KIT_REDIRECT_URIS, Creators, Subject, with_query

Consent = Literal["auto", "http", "chromium", "hand"]
WAYS: Mapping[Consent, str] = {
    "auto": "automatically, in Chromium if it is installed, and by plain HTTP otherwise",
    "http": "automatically, by plain HTTP: for pages that need no scripts",
    "chromium": "automatically, in Chromium",
    "hand": "by hand: for each of the four states, you open a link in your browser",
}


class NoChromium(Exception):
    """A browser was requested, and there is none; the text says what to install."""


@dataclass(frozen=True)
class Options:
    """How a rehearsal is made.

    Attributes:
        consent: how the creator's part is done.
        ask: shows instructions to a person; ``None`` where there is none.
        chromium: the browser's path, ``""`` to look for one.
        fill: values for the fields of the app's own pages; ``fill_new`` for a brand-new creator.
        redirect_uri: the one that the app accepts, ``""`` to find out.
        hosts: that the browser may visit besides those in the app's fields.
        expire: makes an access token expire.
        wait: waits so many seconds, for a token to expire or a rate limit to pass.
    """

    consent: Consent = "auto"
    ask: Callable[[str], None] | None = None
    chromium: str = ""
    fill: Mapping[str, str] = field(default_factory=dict, repr=False)
    fill_new: Mapping[str, str] = field(default_factory=dict, repr=False)
    redirect_uri: str = ""
    hosts: tuple[str, ...] = ()
    expire: Callable[[str], None] | None = None
    wait: Callable[[float], None] = time.sleep


def make_subject(sandbox: Sandbox, arrivals: Arrivals, options: Options) -> tuple[Subject, str]:
    """Return the app in the dashboard, and how the creator's part will be done, in words.

    Call it in the sandbox's app context, and close it by ``close``.

    Raises:
        InvalidExample: a file of examples cannot be used.
        NoChromium: there is none.
    """
    app, plugins = sandbox.store.find_app(), sandbox.store.find_plugins()
    typed = (*options.fill.values(), *options.fill_new.values())
    redaction = Redaction(app.client_secret, app.kit_client_secret, *typed)
    caller = Caller(redaction, clock=sandbox.clock, wait=options.wait)
    accounts = sandbox.accounts
    known, *others = accounts
    new = next((id_ for id_ in others if _is_new(accounts[id_])), None)
    subject = Subject(
        app=app,
        plugins=plugins,
        examples={plugin.id: examples_of(plugin) for plugin in plugins},
        caller=caller,
        person=ByHand(arrivals, sandbox.install_uri, lambda _: None),
        states_person=ByHand(arrivals, sandbox.install_uri, lambda _: None),
        creators=Creators(known, new, options.fill, options.fill_new),
        readers=PluginReaders(sandbox.liquid, accounts[known], app, sandbox.store.find_events()),
        redirect_uri=options.redirect_uri or sandbox.install_uri,
        expire=options.expire,
    )
    if not subject.uses_oauth:
        return subject, "not needed, as no plugin uses OAuth"
    way = _add_persons(subject, sandbox, arrivals, options)
    if not options.redirect_uri and options.consent != "hand":
        subject.redirect_uri = _accepted_redirect_uri(subject, sandbox.install_uri)
    return subject, way


def _is_new(account: Account) -> bool:
    """Return whether a creator has not published anything."""
    return account.posts is not None and not account.posts


def close(subject: Subject) -> None:
    """Close the browsers and connections of a rehearsal."""
    subject.person.close()
    if subject.states_person is not subject.person:
        subject.states_person.close()
    subject.caller.close()


def _add_persons(subject: Subject, sandbox: Sandbox, arrivals: Arrivals, options: Options) -> str:
    """Set who goes through the app's pages, and return how, in words."""
    own = urlsplit(sandbox.config.base_url).hostname or ""
    hosts = [own, *subject.hosts, *options.hosts]

    def may_visit(url: str) -> bool:
        host = urlsplit(url).hostname or ""
        return host in hosts or (subject.is_local and is_loopback(host))

    ask = options.ask
    by_hand = [ByHand(arrivals, sandbox.install_uri, ask)] if ask else []
    if options.consent == "hand":
        if not by_hand:
            raise ValueError("There is nobody to ask.")
        subject.person = subject.states_person = by_hand[0]
        return "by hand"
    http = HttpPerson(subject.caller, sandbox.config.base_url, may_visit)
    executable = "" if options.consent == "http" else find_chromium(options.chromium)
    if options.consent == "chromium" and not executable:
        raise NoChromium(
            "There is no Chromium to drive: install Chromium, and Playwright by `pip install playwright`."
        )
    subject.person = http
    if not executable:
        subject.states_person = _first(http, *by_hand)
        return "plain HTTP"
    chromium = Chromium(executable, subject.caller, sandbox.config.base_url, hosts)
    subject.person = _first(http, chromium)
    subject.states_person = _first(chromium, *by_hand)
    return "the four states in Chromium, the other checks by plain HTTP where the app's pages need no scripts"


def _first(person: Person, *others: Person) -> Person:
    return FirstThatCan(person, *others) if others else person


def _accepted_redirect_uri(subject: Subject, install_uri: str) -> str:
    """Return the first redirect URI that the app does not refuse at once: the sandbox's, or one of Kit's."""
    for uri in (install_uri, *KIT_REDIRECT_URIS):
        url = with_query(
            subject.app.authorize_url,
            {"client_id": subject.app.client_id, "response_type": "code", "redirect_uri": uri},
        )
        call = subject.caller.send("GET", url)
        if (
            call.status is not None
            and call.status < 400
            and "error=" not in call.header("Location")
        ):
            return uri
    return install_uri
