"""The app that is rehearsed: its fields, its tokens, and what Kit would request of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from plugin_server.config.hosts import is_loopback
from plugin_server.examples.example_files import ExampleSettings
from plugin_server.sandbox.dashboard.settings_json import leaves, read_settings
from plugin_server.sandbox.liquid.plugin_readers import PluginReaders
from plugin_server.sandbox.records import App, Plugin
from plugin_server.sandbox.rehearsal.calls import BODY_FORMS, Call, Caller
from plugin_server.sandbox.rehearsal.check import Skipped
from plugin_server.sandbox.rehearsal.consent import Callback, Person, Stuck, Visitor
from plugin_server.sandbox.rehearsal.consent_pages import Decision

# The body of an HTML request without any setting.
NOTHING_SET: Mapping[str, Any] = {"settings": {}, "styles": {}}
KIT_REDIRECT_URIS = ("https://app.kit.com/apps/install", "https://app.kit.com/apps")


@dataclass(frozen=True)
class Tokens:
    """What one installation has; ``call`` is the exchange that they came by."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    call: Call


@dataclass(frozen=True)
class Creators:
    """The ids of two accounts at the sandbox: one with data, and a brand-new one, if there is one.

    ``fill`` and ``fill_new`` are the values that they type in the app's own pages.
    """

    known: int
    new: int | None = None
    fill: Mapping[str, str] = field(default_factory=dict, repr=False)
    fill_new: Mapping[str, str] = field(default_factory=dict, repr=False)

    def visitor(self, browser: str, advice: str = "") -> Visitor:
        """Return the creator with data, in a browser of that name."""
        return Visitor(browser, self.known, self.fill, advice)

    def newcomer(self, browser: str, advice: str = "") -> Visitor:
        """Return the brand-new creator; raises Skipped without one."""
        if self.new is None:
            raise Skipped(
                "There is no brand-new creator here: every account of the sandbox has data."
            )
        return Visitor(browser, self.new, self.fill_new or self.fill, advice)


@dataclass
class Subject:
    """The app, and how it is reached.

    Attributes:
        plugins: those that are checked, in the order of the menu.
        examples: by the id of a plugin, those of its developer and those that strain it.
        person: goes through its pages; ``states_person`` where a real browser shows more.
        readers: sample subscribers, for whom the Liquid of dynamic plugins is rendered.
        redirect_uri: the one that the app accepts.
        expire: makes an access token expire, where that can be done from here.
    """

    app: App
    plugins: Sequence[Plugin]
    examples: Mapping[int, Sequence[ExampleSettings]]
    caller: Caller
    person: Person
    states_person: Person
    creators: Creators
    readers: PluginReaders
    redirect_uri: str
    expire: Callable[[str], None] | None = None
    installed: Tokens | None = None
    not_installed: str = ""

    @property
    def uses_oauth(self) -> bool:
        """Whether the app has an OAuth server, which at least one plugin uses."""
        return self.app.has_oauth and bool(self.with_oauth)

    @property
    def with_oauth(self) -> list[Plugin]:
        """The plugins that need a token."""
        return [each for each in self.plugins if each.authorization == "oauth"]

    @cached_property
    def urls(self) -> dict[str, str]:
        """Every URL that Kit's servers or browsers request, by what it is."""
        app = self.app
        named = {
            "Authorization URL": app.authorize_url,
            "Token URL": app.token_url,
            "Refresh token URL": app.refresh_url,
            "Revoke URL": app.revoke_url,
            "Authorization URL of the API access": app.authorization_url,
            **{f"Redirect URI {number}": each for number, each in enumerate(app.redirect_uris, 1)},
            "Redirect URL after install": app.redirect_after_install,
            "App settings URL": app.app_settings_url,
            "Icon of the app": app.icon_url,
        }
        for plugin in self.plugins:
            named[f"Request URL of {plugin.name}"] = plugin.html_url
            if not plugin.logo_url.startswith("data:"):
                named[f"Icon of {plugin.name}"] = plugin.logo_url
            for setting in leaves(read_settings(plugin.settings_json)):
                if "request_url" in setting:
                    label = f"Search URL of the setting {setting['name']} of {plugin.name}"
                    named[label] = str(setting["request_url"])
        return {name: url for name, url in named.items() if url}

    @property
    def hosts(self) -> list[str]:
        """The hosts of these URLs."""
        return list(dict.fromkeys(urlsplit(url).hostname or "" for url in self.urls.values()))

    @property
    def is_local(self) -> bool:
        """Whether all of them are on this machine."""
        return all(map(is_loopback, self.hosts))

    def authorize_url(self, state: str | None = None, **changes: str | None) -> str:
        """Return the URL to which Kit sends a creator; a parameter that is ``None`` is left out."""
        parameters: dict[str, str | None] = {
            "client_id": self.app.client_id,
            "response_type": "code",
            "redirect_uri": self.redirect_uri,
            "state": state,
            "scope": " ".join(self.scopes) or None,
            **changes,
        }
        return with_query(self.app.authorize_url, parameters)

    @property
    def scopes(self) -> list[str]:
        """Those of all plugins together, each once."""
        return list(dict.fromkeys(scope for plugin in self.with_oauth for scope in plugin.scopes))

    def visit(
        self,
        visitor: Visitor,
        url: str,
        *,
        person: Person | None = None,
        redirect_uri: str = "",
        decision: Decision = "allow",
    ) -> Callback:
        """Send a creator to an authorization URL; raises Stuck."""
        person = person or self.person
        return person.go(url, redirect_uri or self.redirect_uri, visitor, decision)

    @cached_property
    def why_by_hand(self) -> str:
        """Why nobody but a person gets through the app's pages; ``""`` when that can be automated."""
        if not self.person.automatic:
            return "It needs another consent, and by hand only the four states of Kit's review are tried."
        try:
            self.visit(self.creators.visitor("codes"), self.authorize_url(token_urlsafe(16)))
        except Stuck as stuck:
            return f"The app's pages cannot be passed automatically. {stuck}."
        return ""

    def code(self, visitor: Visitor | None = None, **changes: str | None) -> str:
        """Return a new authorization code.

        Raises:
            Skipped: there is none, or a person would have to decide again.
        """
        if self.why_by_hand:
            raise Skipped(self.why_by_hand)
        visitor = visitor or self.creators.visitor("codes")
        url = self.authorize_url(token_urlsafe(16), **changes)
        try:
            code = self.visit(visitor, url).parameters.get("code", "")
        except Stuck as stuck:
            raise Skipped(f"The app gave no code to try it with. {stuck}.") from None
        if not code:
            raise Skipped("The app gave no code to try it with.")
        return code

    def exchange_body(self, code: str) -> dict[str, str]:
        """Return the parameters by which Kit exchanges a code."""
        return {
            "client_id": self.app.client_id,
            "client_secret": self.app.client_secret,
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
        }

    def refresh_body(self, refresh_token: str) -> dict[str, str]:
        """Return the parameters by which Kit refreshes a token: the client secret is not among them."""
        return {
            "client_id": self.app.client_id,
            "grant_type": "refresh_token",
            "refresh_token": refresh_token,
        }

    def revoke_body(self, token: str) -> dict[str, str]:
        """Return the parameters by which Kit revokes an access token."""
        return {
            "client_id": self.app.client_id,
            "client_secret": self.app.client_secret,
            "token": token,
        }

    def exchange(self, code: str, form: str = BODY_FORMS[0]) -> Call:
        """Exchange a code for tokens as Kit does."""
        return self.caller.oauth(self.app.token_url, self.exchange_body(code), form)

    def refresh(self, refresh_token: str, form: str = BODY_FORMS[0]) -> Call:
        """Exchange a refresh token as Kit does."""
        return self.caller.oauth(self.app.refresh_url, self.refresh_body(refresh_token), form)

    def revoke(self, token: str, form: str = BODY_FORMS[0]) -> Call:
        """Revoke a token as Kit does."""
        return self.caller.oauth(self.app.revoke_url, self.revoke_body(token), form)

    def new_tokens(self, **changes: str | None) -> Tokens:
        """Return the tokens of a new installation; raises Skipped."""
        call = self.exchange(self.code(None, **changes))
        tokens = tokens_in(call)
        if tokens is None:
            raise Skipped("The app gave no tokens to try it with: the exchange of its code failed.")
        return tokens

    def install_again(self) -> None:
        """Install the app again if its access token does not work any more."""
        if not self.uses_oauth or self.not_installed:
            return
        if self.installed is None or not self.works(self.installed.access)[0]:
            try:
                self.installed = self.new_tokens()
            except Skipped as reason:
                self.installed, self.not_installed = None, str(reason)

    def token(self, plugin: Plugin) -> str | None:
        """Return the access token for a plugin's endpoints, ``None`` for one without authorization.

        Raises:
            Skipped: the app could not be installed.
        """
        return self.main_tokens().access if plugin.authorization == "oauth" else None

    def main_tokens(self) -> Tokens:
        """Return the tokens that the checks share; raises Skipped if the app could not be installed."""
        if self.installed is None:
            raise Skipped(
                self.not_installed or "The app could not be installed: see the checks of OAuth."
            )
        return self.installed

    def post(self, plugin: Plugin, url: str, body: Any, *, kind: Any = "html") -> Call:
        """Post JSON to a plugin's endpoint, with the token; once more after a refresh if need be."""
        call = self.caller.send("POST", url, json_body=body, token=self.token(plugin), kind=kind)
        if call.status != 401 or self.installed is None or plugin.authorization != "oauth":
            return call
        renewed = tokens_in(self.refresh(self.installed.refresh))
        if renewed is None:
            return call
        self.installed = renewed
        return self.caller.send("POST", url, json_body=body, token=renewed.access, kind=kind)

    def works(self, token: str) -> tuple[bool, Call]:
        """Return whether an endpoint takes an access token, and the request that showed it."""
        plugin = self.with_oauth[0]
        call = self.caller.send("POST", plugin.html_url, json_body=NOTHING_SET, token=token)
        return call.status is not None and call.status not in (401, 403), call


def tokens_in(call: Call) -> Tokens | None:
    """Return the tokens in a response, ``None`` without an access token.

    Other checks go on with tokens of a response that Kit could not use for another reason.
    """
    access, refresh = (call.member.get(name) for name in ("access_token", "refresh_token"))
    if not call.ok or not isinstance(access, str) or not access:
        return None
    return Tokens(access, refresh if isinstance(refresh, str) else "", call)


def with_query(url: str, parameters: Mapping[str, str | None]) -> str:
    """Return a URL with parameters in its query, but for those that are ``None``."""
    parts = urlsplit(url)
    query = [*parse_qsl(parts.query, keep_blank_values=True), *_given(parameters)]
    return urlunsplit(parts._replace(query=urlencode(query)))


def _given(parameters: Mapping[str, str | None]) -> Iterator[tuple[str, str]]:
    for name, value in parameters.items():
        if value is not None:
            yield name, value
