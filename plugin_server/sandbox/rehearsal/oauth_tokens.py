"""The token endpoint: what it accepts, what it must refuse, and what Kit needs in its response."""

from collections.abc import Callable, Iterator, Mapping

from plugin_server.findings.wording import shown
from plugin_server.sandbox.rehearsal.calls import BODY_FORMS, FORM, Call, repeated, without
from plugin_server.sandbox.rehearsal.check import OAUTH, Flaw, Flaws, Skipped, fail, group_of, warn
from plugin_server.sandbox.rehearsal.sources import OAUTH_PAGE, RFC_6749, RFC_9700
from plugin_server.sandbox.rehearsal.subject import Subject, tokens_in

AT_ONCE = 20
# Seconds that the clocks of two machines may differ by.
_SKEW = 300
_SHORTEST_LIFE, _LONGEST_LIFE = 60, 366 * 86_400


def refusal_flaws(call: Call, what: str, *, hidden: str = "") -> Iterator[Flaw]:
    """Yield what is wrong with the response to an OAuth request that must be refused.

    Args:
        what: the request, as the start of a sentence.
        hidden: what the response must not repeat.
    """
    if call.status is None:
        yield fail(f"{what}: {call.problem}", call)
    elif call.ok:
        yield fail(f"{what} is accepted", call, "Refuse it with status 400 or 401.")
    elif call.status >= 500:
        yield fail(f"{what} leads to {call.came}", call, "Refuse it with status 400 or 401.")
    else:
        if call.status not in (400, 401):
            yield warn(f"{what} leads to {call.came}, not 400 or 401", call)
        if not isinstance(call.member.get("error"), str):
            yield warn(f'{what} is refused without JSON {{"error": "…"}}', call)
        if hidden and hidden.encode() in call.response_body:
            yield warn(f"{what} is refused with a response that repeats a secret", call)


def success_flaws(call: Call, what: str) -> Iterator[Flaw]:
    """Yield what is wrong with a response that must hold tokens."""
    if call.problem or not call.ok:
        yield fail(f"{what}: {call.came}", call)
    elif tokens_in(call) is None:
        yield fail(f"{what}: no access_token in the response", call)


def member_flaws(call: Call, what: str) -> Iterator[Flaw]:
    """Yield what is wrong with the members and their types in a token response."""
    body = call.member
    if call.response_json is None:
        yield fail(f"{_first(what)} is not JSON", call)
        return
    for name in ("access_token", "refresh_token"):
        if name not in body:
            yield fail(f"{_first(what)} has no {name}", call)
        elif not isinstance(body[name], str) or not body[name]:
            yield fail(f"{name} of {what} is not a string", call)
    if "token_type" in body and str(body["token_type"]).lower() != "bearer":
        yield fail(f"token_type of {what} is {body['token_type']}, not Bearer", call)
    if "json" not in call.header("Content-Type").lower():
        yield warn(f"{_first(what)} has not the Content-Type application/json", call)
    if "no-store" not in call.header("Cache-Control").lower():
        yield warn(f'{_first(what)} may be cached: it has no "Cache-Control: no-store"', call)


def lifetime_flaws(call: Call, what: str) -> Iterator[Flaw]:
    """Yield what is wrong with ``expires_in``."""
    value = call.member.get("expires_in")
    if "expires_in" not in call.member:
        yield fail(f"{_first(what)} has no expires_in", call)
    elif not isinstance(value, int) or isinstance(value, bool):
        yield fail(f"expires_in of {what} is {shown(value)}, not a whole number", call)
    elif value <= 0:
        yield fail(f"expires_in of {what} is {value}: the token has expired already", call)
    elif value < _SHORTEST_LIFE:
        yield warn(f"expires_in of {what} is {value} seconds", call)
    elif value > _LONGEST_LIFE:
        yield warn(f"expires_in of {what} is {value // 86_400} days: is it in seconds?", call)


def creation_flaws(call: Call, what: str, now: float) -> Iterator[Flaw]:
    """Yield what is wrong with ``created_at``; ``now`` is in Unix seconds."""
    value = call.member.get("created_at")
    if "created_at" not in call.member:
        yield fail(f"{_first(what)} has no created_at", call)
    elif not isinstance(value, int) or isinstance(value, bool):
        yield fail(
            f"created_at of {what} is {shown(value)}, not Unix seconds as a whole number", call
        )
    elif value > 100_000_000_000:
        yield fail(f"created_at of {what} is in milliseconds", call)
    elif abs(value - now) > _SKEW:
        yield fail(f"created_at of {what} is {round(abs(value - now)):,} seconds off", call)


def _first(words: str) -> str:
    """Return words as the start of a sentence."""
    return words[:1].upper() + words[1:]


def _bodies(subject: Subject) -> Iterator[Flaw]:
    for form in BODY_FORMS:
        call = subject.exchange(subject.code(), form)
        yield from success_flaws(call, f"Parameters as {form}")


def _members(subject: Subject) -> Flaws:
    return member_flaws(subject.main_tokens().call, "the token response")


def _lifetime(subject: Subject) -> Flaws:
    return lifetime_flaws(subject.main_tokens().call, "the token response")


def _creation(subject: Subject) -> Flaws:
    call = subject.main_tokens().call
    return creation_flaws(call, "the token response", call.at)


def _missing(subject: Subject) -> Iterator[Flaw]:
    for name in ("client_id", "client_secret", "grant_type", "code"):
        body = subject.exchange_body(subject.code())
        call = subject.caller.oauth(subject.app.token_url, without(body, name))
        yield from refusal_flaws(call, f"A request without {name}")


def _wrong(subject: Subject) -> Iterator[Flaw]:
    for name, value in (
        ("client_id", "somebody-else"),
        ("client_secret", "a-wrong-secret"),
        ("grant_type", "password"),
        ("code", "a-code-that-nobody-issued"),
        ("redirect_uri", "https://attacker.example/"),
    ):
        body = {**subject.exchange_body(subject.code()), name: value}
        call = subject.caller.oauth(subject.app.token_url, body)
        yield from refusal_flaws(call, f"A request with a wrong {name}")


def _repeated(subject: Subject) -> Iterator[Flaw]:
    code = subject.code()
    content = repeated(subject.exchange_body(code), "code", "another-code")
    url = subject.app.token_url
    call = subject.caller.send("POST", url, content=content, content_type=FORM, kind="token")
    for flaw in refusal_flaws(call, "A request with code twice"):
        # Kit never sends one, and many servers take the first value.
        is_crash = call.status is None or call.status >= 500
        yield flaw if is_crash else warn(flaw.finding.message, call)


def _once(subject: Subject) -> Iterator[Flaw]:
    code = subject.code()
    first = subject.exchange(code)
    if tokens_in(first) is None:
        raise Skipped("The first exchange failed: see the other checks.")
    yield from refusal_flaws(subject.exchange(code), "A code that was used before")


def _at_once(subject: Subject) -> Iterator[Flaw]:
    code = subject.code()
    calls = subject.caller.together(AT_ONCE, lambda: subject.exchange(code))
    won = [call for call in calls if call.ok]
    if len({call.member.get("access_token") for call in won}) > 1:
        yield fail(f"{len(won)} of {AT_ONCE} exchanges of one code at once were accepted", won[1])
    broken = [call for call in calls if call.status is None or call.status >= 500]
    if broken:
        message = f"{len(broken)} of {AT_ONCE} exchanges of one code at once failed"
        yield fail(f"{message}: {broken[0].came}", broken[0])


def table_of_refusals(
    url: Callable[[Subject], str], bodies: Callable[[Subject], Mapping[str, Mapping[str, str]]]
) -> Callable[[Subject], Flaws]:
    """Return a check that each of several bodies is refused; their names start sentences."""

    def run(subject: Subject) -> Iterator[Flaw]:
        for what, body in bodies(subject).items():
            yield from refusal_flaws(subject.caller.oauth(url(subject), body), what)

    return run


_check = group_of(OAUTH)
CHECKS = (
    _check(
        "oauth-token-bodies",
        "The token endpoint takes every form of body",
        OAUTH_PAGE,
        "Read JSON and forms, and JSON under the Content-Type of a form, which Kit's page shows.",
        _bodies,
    ),
    _check(
        "oauth-token-members",
        "The token response has its members",
        OAUTH_PAGE,
        'Respond with {"access_token": "…", "refresh_token": "…", "expires_in": 172800,'
        ' "created_at": 1700000000, "token_type": "Bearer"}.',
        _members,
    ),
    _check(
        "oauth-expires-in",
        "expires_in is a number of seconds",
        OAUTH_PAGE,
        'Send how many seconds the access token lives: "expires_in": 172800, without quotes.',
        _lifetime,
    ),
    _check(
        "oauth-created-at",
        "created_at is the time in Unix seconds",
        OAUTH_PAGE,
        'Send when the token was made: "created_at": 1700000000, in seconds and without quotes.',
        _creation,
    ),
    _check(
        "oauth-token-missing",
        "A token request without a parameter is refused",
        f"{RFC_6749}#section-5.2",
        'Respond 400 {"error": "invalid_request"}, or 401 {"error": "invalid_client"}.',
        _missing,
    ),
    _check(
        "oauth-token-wrong",
        "A token request with a wrong parameter is refused",
        f"{RFC_6749}#section-5.2",
        'Compare each with what the code was issued for; respond 400 {"error": "invalid_grant"}, or 401'
        ' {"error": "invalid_client"}.',
        _wrong,
    ),
    _check(
        "oauth-token-repeated",
        "A token request with a parameter twice is refused",
        f"{RFC_6749}#section-3.2",
        'Respond 400 {"error": "invalid_request"}.',
        _repeated,
    ),
    _check(
        "oauth-code-once",
        "A code works once",
        f"{RFC_6749}#section-4.1.2",
        'Mark a code as used in the same statement that reads it; respond 400 {"error": "invalid_grant"}.',
        _once,
    ),
    _check(
        "oauth-code-at-once",
        f"Of {AT_ONCE} exchanges of one code at once, one wins",
        f"{RFC_9700}#section-2.1.1",
        "Spend the code in one atomic statement.",
        _at_once,
    ),
)
