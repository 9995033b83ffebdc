"""Refreshing, revoking and expiring tokens, and what a 401 has to look like."""

from collections.abc import Iterator
from secrets import token_urlsafe

from plugin_server.sandbox.rehearsal.calls import BODY_FORMS, Call, without
from plugin_server.sandbox.rehearsal.check import OAUTH, Flaw, Skipped, fail, group_of, warn
from plugin_server.sandbox.rehearsal.oauth_tokens import (
    AT_ONCE,
    creation_flaws,
    lifetime_flaws,
    member_flaws,
    refusal_flaws,
    success_flaws,
    table_of_refusals,
)
from plugin_server.sandbox.rehearsal.sources import (
    OAUTH_PAGE,
    RFC_6749,
    RFC_6750,
    RFC_7009,
    RFC_9700,
    VERSIONS,
)
from plugin_server.sandbox.rehearsal.subject import NOTHING_SET, Subject, Tokens, tokens_in

# The longest lifetime in seconds that is waited for.
_WAITED = 15


def _refreshed(subject: Subject, tokens: Tokens) -> tuple[Call, Tokens]:
    """Refresh tokens; raises Skipped if that fails, which another check reports."""
    call = subject.refresh(tokens.refresh)
    renewed = tokens_in(call)
    if renewed is None:
        raise Skipped("The refresh failed: see the other checks.")
    return call, renewed


def _without_secret(subject: Subject) -> Iterator[Flaw]:
    tokens = subject.main_tokens()
    if not tokens.refresh:
        yield fail("There is no refresh_token to refresh with", tokens.call)
        return
    call = subject.refresh(tokens.refresh)
    yield from success_flaws(call, "A refresh without a client secret")
    renewed = tokens_in(call)
    if renewed is None:
        return
    subject.installed = renewed if renewed.refresh else Tokens(renewed.access, tokens.refresh, call)
    for flaws in (
        member_flaws(call, "the refresh response"),
        lifetime_flaws(call, "the refresh response"),
        creation_flaws(call, "the refresh response", call.at),
    ):
        yield from flaws
    works, used = subject.works(renewed.access)
    if not works:
        yield fail("The new access token is refused", used)


def _bodies(subject: Subject) -> Iterator[Flaw]:
    for form in BODY_FORMS:
        tokens = subject.main_tokens()
        call = subject.refresh(tokens.refresh, form)
        yield from success_flaws(call, f"Parameters as {form}")
        renewed = tokens_in(call)
        if renewed:
            subject.installed = Tokens(renewed.access, renewed.refresh or tokens.refresh, call)


def _rotates(subject: Subject) -> Iterator[Flaw]:
    tokens = subject.main_tokens()
    call, renewed = _refreshed(subject, tokens)
    if not renewed.refresh:
        yield fail("The refresh response has no refresh_token", call)
        return
    subject.installed = renewed
    if renewed.refresh == tokens.refresh:
        yield warn("The refresh token stays the same", call)
    if renewed.access == tokens.access:
        yield fail("The access token stays the same", call)


def _reused(subject: Subject) -> Iterator[Flaw]:
    tokens = subject.new_tokens()
    call, renewed = _refreshed(subject, tokens)
    if renewed.refresh == tokens.refresh:
        raise Skipped("The refresh token does not rotate.")
    again = subject.refresh(tokens.refresh)
    second = tokens_in(again)
    if second is None:
        yield from refusal_flaws(again, "A refresh token that was used before")
    elif second.access != renewed.access:
        yield fail("A refresh token that was used before gives other new tokens", again)


def _at_once(subject: Subject) -> Iterator[Flaw]:
    tokens = subject.new_tokens()
    calls = subject.caller.together(AT_ONCE, lambda: subject.refresh(tokens.refresh))
    broken = [call for call in calls if call.status is None or call.status >= 500]
    if broken:
        yield fail(
            f"{len(broken)} of {AT_ONCE} refreshes at once failed: {broken[0].came}", broken[0]
        )
    won = [call for call in calls if tokens_in(call)]
    if not won:
        yield fail(f"None of {AT_ONCE} refreshes at once gave tokens", calls[0])
        return
    accesses = {str(call.member["access_token"]) for call in won}
    for access in accesses:
        works, used = subject.works(access)
        if not works:
            message = f"Of {AT_ONCE} refreshes at once, {len(won)} gave tokens, and one of them is refused"
            yield fail(message, used, "Let the first one win, or give all of them the same tokens.")
            return
    if len(accesses) > 1 and len({call.member.get("refresh_token") for call in won}) > 1:
        message = f"{len(won)} of {AT_ONCE} refreshes at once gave {len(accesses)} different tokens"
        yield warn(message, won[0], "Spend a refresh token in one atomic statement.")


def _wrong_refreshes(subject: Subject) -> dict[str, dict[str, str]]:
    tokens = subject.main_tokens()
    body = subject.refresh_body(tokens.refresh)
    return {
        "A refresh without refresh_token": without(body, "refresh_token"),
        "A refresh without client_id": without(body, "client_id"),
        "A refresh without grant_type": without(body, "grant_type"),
        "A refresh with a token that nobody issued": subject.refresh_body(token_urlsafe(24)),
        "A refresh with an access token": subject.refresh_body(tokens.access),
        "A refresh by another client": {**body, "client_id": "somebody-else"},
    }


def _revoked(subject: Subject) -> Iterator[Flaw]:
    tokens = subject.new_tokens()
    call = subject.revoke(tokens.access)
    if not call.ok:
        yield fail(f"Revoking a token: {call.came}", call)
        return
    if not isinstance(call.response_json, dict):
        yield warn("The response to a revocation is not {}", call)
    works, used = subject.works(tokens.access)
    if works:
        yield fail("A revoked access token still works", used)
    if tokens.refresh:
        yield from refusal_flaws(subject.refresh(tokens.refresh), "A refresh after a revocation")
    again = subject.revoke(tokens.access)
    if not again.ok:
        yield fail(f"Revoking the same token again: {again.came}", again)


def _unknown(subject: Subject) -> Iterator[Flaw]:
    for form in BODY_FORMS:
        call = subject.revoke(token_urlsafe(24), form)
        if not call.ok:
            yield fail(f"Revoking an unknown token, as {form}: {call.came}", call)


def _guarded(subject: Subject) -> Iterator[Flaw]:
    tokens = subject.main_tokens()
    body = {**subject.revoke_body(tokens.access), "client_secret": "a-wrong-secret"}
    call = subject.caller.oauth(subject.app.revoke_url, body)
    if call.ok:
        works, used = subject.works(tokens.access)
        if not works:
            subject.installed = None
            yield fail("Anybody can revoke a token: the client secret is not checked", call)
        return
    yield from refusal_flaws(call, "A revocation with a wrong client secret")


def _unauthorized(subject: Subject) -> Iterator[Flaw]:
    subject.main_tokens()
    for plugin in subject.with_oauth:
        for what, token in (("no token", None), ("an unknown token", token_urlsafe(24))):
            call = subject.caller.send("POST", plugin.html_url, json_body=NOTHING_SET, token=token)
            if call.status != 401:
                message = f"{plugin.name} responds to {what} with {call.came}, not 401"
                yield fail(message, call, "Kit refreshes its token after a 401 only.")
            elif not call.header("WWW-Authenticate"):
                yield warn(f"{plugin.name}'s 401 for {what} has no WWW-Authenticate", call)


def _expired(subject: Subject) -> Iterator[Flaw]:
    tokens = subject.new_tokens()
    seconds = tokens.call.member.get("expires_in")
    if subject.expire is not None:
        subject.expire(tokens.access)
    elif isinstance(seconds, int) and 0 < seconds <= _WAITED:
        subject.caller.wait(seconds + 1)
    else:
        raise Skipped(
            f"The app's tokens live longer than {_WAITED} seconds. Start it with shorter ones to try it."
        )
    works, call = subject.works(tokens.access)
    if works or call.status != 401:
        yield fail(f"An expired access token: {call.came}, not 401", call)
    call = subject.refresh(tokens.refresh)
    yield from success_flaws(call, "A refresh after the access token has expired")


def _scopes(subject: Subject) -> Iterator[Flaw]:
    if len(subject.scopes) < 2:
        raise Skipped("The plugins have fewer than two scopes.")
    first, *_ = subject.with_oauth
    old = subject.new_tokens(scope=" ".join(first.scopes) or None)
    new = subject.new_tokens()
    for what, tokens in (("before", old), ("after", new)):
        works, call = subject.works(tokens.access)
        if not works:
            message = f"The token from {what} the scopes were added: {call.came}"
            yield fail(
                message, call, "Old and new tokens must both work until creators have updated."
            )


_check = group_of(OAUTH)
CHECKS = (
    _check(
        "oauth-refresh",
        "A refresh needs no client secret",
        OAUTH_PAGE,
        "Take client_id, grant_type=refresh_token and refresh_token; respond as the token endpoint does.",
        _without_secret,
    ),
    _check(
        "oauth-refresh-bodies",
        "The refresh endpoint takes every form of body",
        OAUTH_PAGE,
        "Read JSON and forms, and JSON under the Content-Type of a form.",
        _bodies,
    ),
    _check(
        "oauth-rotation",
        "A refresh gives a new access token and a new refresh token",
        OAUTH_PAGE,
        "Issue two new ones with each refresh.",
        _rotates,
    ),
    _check(
        "oauth-refresh-reused",
        "A refresh token works once",
        f"{RFC_9700}#section-4.14.2",
        'Respond 400 {"error": "invalid_grant"}, or for some seconds with the same new tokens, for a client'
        " that lost the response.",
        _reused,
    ),
    _check(
        "oauth-refresh-at-once",
        f"{AT_ONCE} refreshes at once leave the creator connected",
        f"{RFC_9700}#section-4.14.2",
        "Kit has many servers: whichever response it stores, the tokens in it must work.",
        _at_once,
    ),
    _check(
        "oauth-refresh-wrong",
        "A refresh with a missing or wrong parameter is refused",
        f"{RFC_6749}#section-5.2",
        'Respond 400 {"error": "invalid_grant"} or {"error": "invalid_request"}, or 401.',
        table_of_refusals(lambda subject: subject.app.refresh_url, _wrong_refreshes),
    ),
    _check(
        "oauth-revoke",
        "Revoking ends an installation, and can be repeated",
        OAUTH_PAGE,
        "Delete the access token and its refresh token, and respond 200 {}, also the second time.",
        _revoked,
    ),
    _check(
        "oauth-revoke-unknown",
        "Revoking an unknown token succeeds",
        f"{RFC_7009}#section-2.2",
        "Respond 200 {}: the token does not work any more, which is all that Kit needs.",
        _unknown,
    ),
    _check(
        "oauth-revoke-secret",
        "Revoking needs the client secret",
        f"{RFC_7009}#section-2.1",
        'Respond 401 {"error": "invalid_client"}.',
        _guarded,
    ),
    _check(
        "oauth-401",
        "A missing or unknown token gets 401",
        f"{RFC_6750}#section-3",
        "Respond 401 with WWW-Authenticate: Bearer, so that Kit refreshes its token.",
        _unauthorized,
    ),
    _check(
        "oauth-expiry",
        "An expired token gets 401, and can be refreshed",
        OAUTH_PAGE,
        "Compare the time with created_at and expires_in at each request.",
        _expired,
    ),
    _check(
        "oauth-scopes",
        "Tokens from before a scope was added go on working",
        VERSIONS,
        "Let an old token do what it could do before, until the creator has updated.",
        _scopes,
    ),
)
