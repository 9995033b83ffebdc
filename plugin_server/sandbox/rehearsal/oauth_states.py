"""The authorization page: the four states that Kit's review tries, and what must not be possible there."""

from collections.abc import Callable, Iterator
from secrets import token_urlsafe
from urllib.parse import urlencode

from plugin_server.sandbox.rehearsal.check import OAUTH, Flaw, Flaws, Skipped, fail, group_of, warn
from plugin_server.sandbox.rehearsal.consent import Callback, Stuck, Visitor, place_of
from plugin_server.sandbox.rehearsal.consent_pages import is_callback
from plugin_server.sandbox.rehearsal.sources import OAUTH_PAGE, REVIEW, RFC_6749
from plugin_server.sandbox.rehearsal.subject import KIT_REDIRECT_URIS, Subject, tokens_in

_STATES = {
    "all of ASCII": "".join(map(chr, range(0x20, 0x7F))),
    "other alphabets": "Zürich 港 👩‍👩‍👧 שלום",
    "500 characters": "s" * 500,
}
_FOREIGN = (
    "https://attacker.example/",
    "https://app.kit.com.attacker.example/apps/install",
    "https://app.kit.com@attacker.example/apps/install",
    "http://app.kit.com/apps/install",
    "https://app.kit.com/apps/install/other",
    "https://app.kit.com/apps/install?next=https://attacker.example/",
    "https://app.kit.com/apps/install#fragment",
    "https://app.kit.com:8443/apps/install",
)


def _came_back(subject: Subject, visitor: Visitor) -> tuple[list[Flaw], Callback | None]:
    """Install the app as a creator in one of the states; use the tokens if there are none yet."""
    state = token_urlsafe(16)
    try:
        url = subject.authorize_url(state)
        callback = subject.visit(visitor, url, person=subject.states_person)
    except Stuck as stuck:
        return [fail(f"The creator does not get back to Kit. {stuck}", stuck.call)], None
    parameters = callback.parameters
    if "error" in parameters:
        described = parameters.get("error_description", "")
        reason = f"{parameters['error']} {described}".strip()
        return [fail(f"The creator comes back with the error {reason}")], None
    if not parameters.get("code"):
        return [fail("The creator comes back without a code")], None
    flaws = []
    if parameters.get("state") != state:
        flaws.append(fail("The creator comes back with another state"))
    tokens = tokens_in(subject.exchange(parameters["code"]))
    if subject.installed is None:
        subject.installed = tokens
        if tokens is None:
            subject.not_installed = "The app gave no tokens for its code: see the checks of OAuth."
    return flaws, callback


def _signed_out(subject: Subject) -> Flaws:
    advice = "In a private window, where you are not signed in to the app"
    flaws, callback = _came_back(subject, subject.creators.visitor("states", advice))
    if callback is None:
        subject.not_installed = "The app could not be installed: see the checks of OAuth."
    return flaws


def _signed_in(subject: Subject) -> Flaws:
    advice = "In the same window, where you are signed in now"
    return _came_back(subject, subject.creators.visitor("states", advice))[0]


def _newcomer(subject: Subject) -> Flaws:
    advice = "In a new private window, as a creator who has never used the app"
    return _came_back(subject, subject.creators.newcomer("newcomer", advice))[0]


def _with_data(subject: Subject) -> Flaws:
    advice = "In a new private window, as the creator of the first installation"
    flaws, callback = _came_back(subject, subject.creators.visitor("with data", advice))
    if callback and subject.installed:
        works, call = subject.works(subject.installed.access)
        if not works:
            message = "The token of the first installation ended with the second one"
            advice = "Keep it until it expires or is revoked: blocks are being edited with it."
            flaws.append(fail(message, call, advice))
    return flaws


def _automatic(subject: Subject) -> None:
    if reason := subject.why_by_hand:
        raise Skipped(reason)


def _any_state(subject: Subject) -> Iterator[Flaw]:
    _automatic(subject)
    for name, state in _STATES.items():
        try:
            callback = subject.visit(
                subject.creators.visitor("codes"), subject.authorize_url(state)
            )
        except Stuck as stuck:
            yield fail(
                f"With a state of {name}, the creator does not get back. {stuck}", stuck.call
            )
            continue
        if callback.parameters.get("state") != state:
            yield fail(f"A state of {name} does not come back as it was sent")


def _no_state(subject: Subject) -> Iterator[Flaw]:
    _automatic(subject)
    try:
        url = subject.authorize_url(None)
        callback = subject.visit(subject.creators.visitor("codes"), url)
    except Stuck as stuck:
        yield fail(f"Without a state, the creator does not get back. {stuck}", stuck.call)
        return
    if "code" not in callback.parameters:
        yield fail("Without a state, the creator comes back without a code")
    if callback.parameters.get("state"):
        yield warn("A state comes back that was not sent")


def _declined(subject: Subject) -> Iterator[Flaw]:
    _automatic(subject)
    visitor, state = subject.creators.visitor("codes"), token_urlsafe(16)
    try:
        callback = subject.visit(visitor, subject.authorize_url(state), decision="deny")
    except Stuck as stuck:
        yield warn(f"A creator who declines does not get back to Kit. {stuck}", stuck.call)
        return
    if "code" in callback.parameters:
        yield fail("A creator who declines comes back with a code")
    elif callback.parameters.get("error") != "access_denied":
        yield warn("A creator who declines comes back without error=access_denied")
    elif callback.parameters.get("state") != state:
        yield warn("A creator who declines comes back with another state")


def _kit_uris(subject: Subject) -> Iterator[Flaw]:
    _automatic(subject)
    main, _ = KIT_REDIRECT_URIS
    for uri in KIT_REDIRECT_URIS:
        url = subject.authorize_url(token_urlsafe(16), redirect_uri=uri)
        try:
            subject.visit(subject.creators.visitor("codes"), url, redirect_uri=uri)
        except Stuck as stuck:
            message = f"{uri} is not accepted. {stuck}"
            yield fail(message, stuck.call) if uri == main else warn(message, stuck.call)


def _foreign_uris(subject: Subject) -> Iterator[Flaw]:
    _automatic(subject)
    for uri in _FOREIGN:
        url = subject.authorize_url(token_urlsafe(16), redirect_uri=uri)
        yield from _must_not_reach(subject, url, uri, f"The redirect URI {uri}")


def _must_not_reach(subject: Subject, url: str, uri: str, what: str) -> Iterator[Flaw]:
    """Yield a flaw if the browser gets to a redirect URI from a request that must be refused."""
    try:
        callback = subject.visit(subject.creators.visitor("codes"), url, redirect_uri=uri)
    except Stuck as stuck:
        if stuck.is_crash:
            yield fail(f"{what}: {stuck}", stuck.call)
        return
    if "code" in callback.parameters:
        yield fail(f"{what} is accepted: the browser comes back with a code")
    elif uri != subject.redirect_uri:
        yield fail(f"{what} is redirected to, with an error")


_REQUIRED: dict[str, dict[str, str | None]] = {
    "Without client_id": {"client_id": None},
    "Without redirect_uri": {"redirect_uri": None},
    "Without response_type": {"response_type": None},
}
_WRONG: dict[str, dict[str, str | None]] = {
    "With an unknown client_id": {"client_id": "somebody-else"},
    "With response_type=token": {"response_type": "token"},
}


def _refused(cases: dict[str, dict[str, str | None]]) -> Callable[[Subject], Flaws]:
    def run(subject: Subject) -> Iterator[Flaw]:
        _automatic(subject)
        for name, changes in cases.items():
            url = subject.authorize_url(token_urlsafe(16), **changes)
            yield from _outcome_of_refusal(subject, url, name, unsafe="client_id" in changes)

    return run


def _outcome_of_refusal(subject: Subject, url: str, name: str, *, unsafe: bool) -> Iterator[Flaw]:
    """Yield what is wrong with the outcome of a request that must give no code.

    Args:
        unsafe: the client is not known, so that nothing may be redirected (RFC 6749, 4.1.2.1).
    """
    try:
        callback = subject.visit(subject.creators.visitor("codes"), url)
    except Stuck as stuck:
        if stuck.is_crash:
            yield fail(f"{name}: {stuck}", stuck.call)
        return
    if "code" in callback.parameters:
        yield fail(f"{name}, the browser comes back with a code")
    elif unsafe:
        yield warn(f"{name}, the browser is redirected to {place_of(callback.url)}")
    elif "error" not in callback.parameters:
        yield warn(f"{name}, the browser comes back without an error")


def _repeated(subject: Subject) -> Iterator[Flaw]:
    _automatic(subject)
    for name, other in (
        ("client_id", subject.app.client_id),
        ("redirect_uri", "https://attacker.example/"),
        ("state", "another"),
    ):
        url = f"{subject.authorize_url(token_urlsafe(16))}&{urlencode({name: other})}"
        what = f"With {name} twice"
        try:
            callback = subject.visit(subject.creators.visitor("codes"), url)
        except Stuck as stuck:
            if stuck.is_crash:
                yield fail(f"{what}: {stuck}", stuck.call)
            elif _leads_away(stuck):
                yield fail(f"{what}, the browser is sent to the second one", stuck.call)
            continue
        if "code" in callback.parameters:
            yield warn(f"{what}, the browser comes back with a code")


def _leads_away(stuck: Stuck) -> bool:
    location = stuck.call.header("Location") if stuck.call else ""
    return is_callback(location, "https://attacker.example/")


_check = group_of(OAUTH)
CHECKS = (
    _check(
        "oauth-signed-out",
        "A creator who is signed out can install the app",
        REVIEW,
        "Sign the creator in, request consent, and redirect to the redirect URI with code and state.",
        _signed_out,
    ),
    _check(
        "oauth-signed-in",
        "A creator who is signed in can install the app",
        REVIEW,
        "Request consent at once, and redirect with a code and the same state.",
        _signed_in,
    ),
    _check(
        "oauth-new-creator",
        "A brand-new creator can install the app",
        REVIEW,
        "Let the creator sign up within the flow, and come back to Kit with a code.",
        _newcomer,
    ),
    _check(
        "oauth-data-there",
        "A creator with an account and data can install the app again",
        REVIEW,
        "Connect the account that is there, and let the earlier tokens work until they expire.",
        _with_data,
    ),
    _check(
        "oauth-state",
        "A state of any characters comes back unchanged",
        OAUTH_PAGE,
        "Put the state that was sent in the redirect, URL-encoded once.",
        _any_state,
    ),
    _check(
        "oauth-no-state",
        "The state is optional",
        OAUTH_PAGE,
        "Accept a request without a state, and redirect without one.",
        _no_state,
    ),
    _check(
        "oauth-declined",
        "A creator can decline",
        f"{RFC_6749}#section-4.1.2.1",
        "Offer a button that redirects with error=access_denied and the state.",
        _declined,
    ),
    _check(
        "oauth-redirect-uris",
        "Kit's redirect URIs are accepted",
        OAUTH_PAGE,
        f"Accept exactly {KIT_REDIRECT_URIS[0]}, and {KIT_REDIRECT_URIS[1]}, which Kit's tables show.",
        _kit_uris,
    ),
    _check(
        "oauth-foreign-redirect-uris",
        "Other redirect URIs are refused",
        f"{RFC_6749}#section-3.1.2.4",
        "Compare whole strings with Kit's redirect URIs, and show an error page; never redirect.",
        _foreign_uris,
    ),
    _check(
        "oauth-authorize-missing",
        "An authorization request without a required parameter gives no code",
        f"{RFC_6749}#section-4.1.2.1",
        "Show an error page, or redirect with error=invalid_request.",
        _refused(_REQUIRED),
    ),
    _check(
        "oauth-authorize-wrong",
        "An authorization request with a wrong parameter gives no code",
        f"{RFC_6749}#section-4.1.2.1",
        "Show an error page for a wrong client_id; redirect with unsupported_response_type.",
        _refused(_WRONG),
    ),
    _check(
        "oauth-authorize-repeated",
        "An authorization request with a parameter twice gives no code",
        f"{RFC_6749}#section-3.1",
        "Refuse it: no parameter may be there more than once.",
        _repeated,
    ),
)
