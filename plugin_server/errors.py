"""Every error that this server responds with; ``web/error_handlers.py`` maps them to responses.

* PluginError
    * RequestError                the request cannot be served
        * MalformedRequest        400  not JSON, not an object, a member of the wrong type
            * UnknownHost         400  the Host header names a host that is not ours
        * NotAuthenticated        401  no bearer token, or one that is not valid
        * InsufficientScope       403  the token was not granted what the block needs
        * NotFound                404  no such page, block or search endpoint
        * MethodNotAllowed        405
        * RequestIncomplete       408  it did not arrive completely, or not in time
        * BodyTooLarge            413
        * UrlTooLong              414
        * UnsupportedMediaType    415
        * TooManyRequests         429  with Retry-After, in seconds
        * HeadersTooLarge         431
    * ContentError                a well-formed request whose block cannot be shown; HTTP 200
        * SettingsInvalid         422  one sentence for each setting that must be fixed
        * ContentNotFound         404  the chosen post (form, product …) is not there any more
        * NotConnected            403  the creator's connection to Kit has ended
        * AccessWithheld          403  Kit gives apps no access to this account at present
        * NeedsOAuth              403  Kit shows this to apps that creators connect, not to API keys
    * KitError                    a request to Kit's API failed
        * KitRejected             502  Kit refused a request of ours
        * KitUnreadable           502  Kit's response is not the JSON object it should be
        * KitUnauthorized         502  Kit refused the credential of this account
        * KitForbidden            403  Kit does not allow it for this account, such as for its plan; HTTP 200
        * KitNotFound             502  Kit has no such record; callers turn it into absence
        * KitRateLimited          429  Kit requires us to slow down
            * BudgetSpent         429  this account has reached our own limit, which is below Kit's
        * KitUnavailable          503  Kit did not respond, or responded 5xx
    * StoreUnavailable            503  our own database does not respond, or cannot be written
    * BlockRefused                500  a finished block broke our own rules: a bug, never sent
    * BlockUnavailable            500  the block's code could not be loaded; the others are served
    * InternalError               500  any other exception; its text stays in the log

UndeclaredScope is outside of the tree: a bug in a block, which like any other exception becomes an
InternalError, and which the log, the commands and the preview show with the block's line.

``status`` is the HTTP status, ``code`` the number in Kit's envelope. They differ for content errors, and for
the KitError that a creator can do something about: Kit shows the ``errors`` of a response to the creator, and
its own demo sends them with HTTP 200.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar


class PluginError(Exception):
    """The root of the tree: has sentences for people, a status and the headers of its response.

    ``retry_after`` is in seconds.
    """

    status: ClassVar[int] = 500
    code: ClassVar[int] = 500
    message: ClassVar[str] = "Something went wrong on our side. Try again in a minute."
    retry_after: ClassVar[int | None] = None

    def __init__(
        self, messages: str | Sequence[str] = (), *, headers: Mapping[str, str] | None = None
    ) -> None:
        """Take one sentence or several; without any, the class's own is used."""
        self.messages = [messages] if isinstance(messages, str) else list(messages)
        self.messages = self.messages or [self.message]
        default = {"Retry-After": str(self.retry_after)} if self.retry_after else {}
        self.headers = {**default, **(headers or {})}
        super().__init__(*self.messages)


class RequestError(PluginError):
    """The request cannot be served."""


class MalformedRequest(RequestError):
    """The body is not JSON, not an object, or a member has the wrong type."""

    status = code = 400
    message = "The request could not be understood."


class UnknownHost(MalformedRequest):
    """The ``Host`` header names a host that is not ours."""

    message = "This server does not serve that host. See BASE_URL and ALLOWED_HOSTS."


class NotAuthenticated(RequestError):
    """No bearer token, or one that is unknown, expired or revoked (RFC 6750 section 3.1)."""

    status = code = 401
    message = "Install the app again to use this block."


class InsufficientScope(RequestError):
    """The token was not granted a scope that the block needs."""

    status = code = 403
    message = "The app may not read what this block shows. Install it again to allow it."


class NotFound(RequestError):
    """There is nothing at this URL."""

    status = code = 404
    message = "There is nothing at this URL."


class MethodNotAllowed(RequestError):
    """The URL exists but does not support this method."""

    status = code = 405
    message = "This URL does not support that method."


class RequestIncomplete(RequestError):
    """The request did not arrive completely, or not in time."""

    status = code = 408
    message = "The request did not arrive in time. Try again."


class BodyTooLarge(RequestError):
    """The body is over the limit."""

    status = code = 413
    message = "The request is too large."


class UrlTooLong(RequestError):
    """The request's first line is over the limit."""

    status = code = 414
    message = "The request's URL is too long."


class UnsupportedMediaType(RequestError):
    """The body is not labelled as something that this endpoint reads."""

    status = code = 415
    message = "Send the request as application/json."


class TooManyRequests(RequestError):
    """The caller has reached a rate limit."""

    status = code = 429
    retry_after = 60
    message = "There were too many requests. Try again in a minute."


class HeadersTooLarge(RequestError):
    """There are too many headers, or one is too long."""

    status = code = 431
    message = "The request's headers are too large."


class ContentError(PluginError):
    """A well-formed request whose block cannot be shown; sent with HTTP 200."""

    status = 200


class SettingsInvalid(ContentError):
    """Settings that are missing or cannot be used; ``messages`` holds one sentence for each."""

    code = 422
    message = "Complete the block's settings."


class ContentNotFound(ContentError):
    """What the creator chose is not in the account any more."""

    code = 404
    message = "What this block shows was deleted. Choose something else."


class NotConnected(ContentError):
    """The creator's connection to Kit has ended; only a new installation restores it."""

    code = 403
    message = "The connection to your Kit account has ended. Reinstall the app to restore it."


class AccessWithheld(ContentError):
    """Kit accepts the credential, but gives apps no access to its account at present.

    The connection stays: it works again as soon as Kit allows it, without another installation.
    """

    code = 403
    message = (
        "Kit does not give apps access to this account at present. Check your plan and its payment in "
        "Kit; the block works again once they are in order. An app with an API key may need another key."
    )


class NeedsOAuth(ContentError):
    """Kit shows this to apps that creators connect by OAuth, and not to an API key."""

    code = 403
    message = (
        "Kit shows purchases only to apps that are connected to your account, and this one uses an "
        "API key. Connect it with KIT_CLIENT_ID and KIT_CLIENT_SECRET instead."
    )


class KitError(PluginError):
    """A request to Kit's API failed."""

    status = code = 502
    message = "Kit sent a response that could not be read. Try again in a minute."

    def __init__(
        self, messages: str | Sequence[str] = (), *, wait: int | None = None, reason: str = ""
    ) -> None:
        """Take a sentence, the seconds that Kit requires us to wait if it does, and why it failed.

        ``reason`` is a word for the log, such as ``dns``; see ``kit/api/failure_reasons.py``.
        """
        self.wait, self.reason = wait, reason
        super().__init__(
            messages, headers=None if wait is None else {"Retry-After": str(max(wait, 1))}
        )


class KitRejected(KitError):
    """Kit refused a request of ours."""


class KitUnreadable(KitError):
    """Kit's response is not a JSON object, or lacks what it should contain."""


class KitUnauthorized(KitError):
    """Kit refused the credential of this account."""

    message = (
        "Kit did not accept the connection to your account. Reinstall the app to restore it; an app "
        "with an API key needs another key."
    )


class KitForbidden(KitError):
    """Kit does not allow this for the account: another plan, or more permissions, would be needed.

    Unlike a record that is not there, so that nobody looks for what was never deleted.
    """

    status = 200
    code = 403
    message = "Kit does not allow this for your account. Check what your plan at Kit includes."


class KitNotFound(KitError):
    """Kit has no such record (or no such resource for this account)."""

    message = "Kit does not have this any more."


class KitRateLimited(KitError):
    """Kit requires us to slow down."""

    status = code = 429
    retry_after = 60
    message = "Kit is receiving too many requests. Try again in a minute."


class BudgetSpent(KitRateLimited):
    """This account has used up our budget, which is below Kit's limit."""


class KitUnavailable(KitError):
    """Kit did not respond in time, or responded 5xx."""

    status = code = 503
    retry_after = 30
    message = "Kit is not responding. Try again in a minute."


class StoreUnavailable(PluginError):
    """Our database does not respond, or cannot be written; nothing was stored.

    ``reason`` is for the operator: what happened, and what to do.
    """

    status = code = 503
    retry_after = 30
    message = "The app cannot reach its database. Try again in a minute."

    def __init__(self, *, reason: str) -> None:
        """Take the reason."""
        self.reason = reason
        super().__init__()


class BlockRefused(PluginError):
    """A finished block broke our own rules: a bug of ours, logged and never sent."""

    message = (
        "This block could not be built safely. Change its settings, or report it to the app's "
        "developer."
    )


class BlockUnavailable(PluginError):
    """The code of a block could not be loaded when the server started: a bug of its package."""

    message = (
        "This block does not work at present because of an error in the app. Report it to the app's "
        "developer."
    )


class InternalError(PluginError):
    """Any exception that is not in this tree."""


class UndeclaredScope(Exception):
    """A block reads what its ``scopes`` do not name; the text says which scope to declare.

    Not a PluginError, so that a block that goes on without data when Kit fails does not hide it.
    """

    def __init__(self, what: str, scope: str) -> None:
        """Take what it reads, such as ``posts``, and the scope that allows that."""
        self.scope = scope
        super().__init__(
            f'the block reads {what}, but its scopes do not name "{scope}"; '
            f'add "{scope}": "…" to scopes, with what the consent page says of it'
        )
