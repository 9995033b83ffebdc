"""Endpoints of Kit's API V4 that blocks read. Source: https://developers.kit.com/api-reference"""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from plugin_server.sandbox.context import sandbox
from plugin_server.sandbox.kit.accounts import Account
from plugin_server.sandbox.kit.authentication import identity
from plugin_server.sandbox.kit.generated_posts import Record, content_of
from plugin_server.sandbox.kit.pagination import BadPage, find_record, paginate
from plugin_server.sandbox.kit.stats import BadPeriod, email_stats, growth_stats

api = Blueprint("kit_api", __name__, url_prefix="/v4")

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_FORM_STATUSES = ("active", "archived", "trashed", "all")
_FORM_TYPES = ("embed", "hosted")


class _Rejected(Exception):
    """An error response in Kit's format: ``{"errors": [message, …]}`` with ``status``."""

    def __init__(self, status: int, *messages: str) -> None:
        super().__init__(*messages)
        self.status, self.messages = status, messages


@api.get("/account")
def show_account() -> Response:
    """Return the account and its user."""
    account = _authenticate()
    return jsonify(user={"email": account.email}, account=account.account)


@api.get("/account/colors")
def show_colors() -> Response:
    """Return the brand colours, at most five hex codes."""
    return jsonify(colors=_authenticate().colors)


@api.get("/account/creator_profile")
def show_profile() -> Response:
    """Return the creator profile; 404 when the account has none."""
    profile = _authenticate().profile
    if profile is None:
        raise _Rejected(404, "Not Found")
    return jsonify(profile=profile)


@api.get("/account/growth_stats")
def show_growth() -> Response:
    """Return the number of subscribers today, and of those gained and lost in a period."""
    account = _authenticate()
    try:
        now = sandbox().clock()
        return jsonify(stats=growth_stats(account.growth, account.zone, request.args, now))
    except BadPeriod as error:
        raise _Rejected(422, *error.messages) from None


@api.get("/account/email_stats")
def show_email_stats() -> Response:
    """Return how many emails were sent, opened and clicked in the last 90 days."""
    return jsonify(stats=email_stats(_authenticate().email_stats, sandbox().clock()))


@api.get("/posts")
def list_posts() -> Response:
    """Return one page of posts, drafts and scheduled ones among them; ``content`` on request."""
    posts = _posts()
    page, pagination = paginate(posts, request.args)
    if request.args.get("include_content") == "true":
        page = [_with_content(post) for post in page]
    else:
        page = [{k: v for k, v in post.items() if k != "content"} for post in page]
    return jsonify(posts=page, pagination=pagination)


@api.get("/posts/<int:id_>")
def show_post(id_: int) -> Response:
    """Return one post with its content."""
    return jsonify(post=_with_content(_find(_posts(), id_)))


@api.get("/broadcasts")
def list_broadcasts() -> Response:
    """Return one page of broadcasts, drafts among them, always with their content."""
    return _page("broadcasts", _authenticate().broadcasts)


@api.get("/broadcasts/<int:id_>")
def show_broadcast(id_: int) -> Response:
    """Return one broadcast."""
    return jsonify(broadcast=_find(_authenticate().broadcasts, id_))


@api.get("/forms")
def list_forms() -> Response:
    """Return one page of forms and landing pages; by default the active ones of both types."""
    forms = _authenticate().collections["forms"]
    status = request.args.get("status") or "active"
    type_ = request.args.get("type")
    # Kit does not document what it does with other values: rejecting makes them visible.
    if status not in _FORM_STATUSES:
        raise _Rejected(422, f"Status must be one of {', '.join(_FORM_STATUSES)}")
    if type_ and type_ not in _FORM_TYPES:
        raise _Rejected(422, f"Type must be one of {', '.join(_FORM_TYPES)}")
    matching = [
        {name: value for name, value in form.items() if name != "status"}
        for form in forms
        if status in {"all", form["status"]} and type_ in {None, "", form["type"]}
    ]
    return _page("forms", matching)


@api.get("/purchases")
def list_purchases() -> Response:
    """Return one page of purchases, with their customers' email addresses. Needs OAuth."""
    return _page("purchases", _purchases())


@api.get("/purchases/<int:id_>")
def show_purchase(id_: int) -> Response:
    """Return one purchase. Needs OAuth."""
    return jsonify(purchase=_find(_purchases(), id_))


@api.get("/custom_fields", defaults={"name": "custom_fields"})
@api.get("/email_templates", defaults={"name": "email_templates"})
@api.get("/segments", defaults={"name": "segments"})
@api.get("/sequences", defaults={"name": "sequences"})
@api.get("/tags", defaults={"name": "tags"})
def list_named(name: str) -> Response:
    """Return one page of a resource without a filter of its own."""
    return _page(name, _authenticate().collections[name])


@api.route("/", methods=_METHODS)
@api.route("/<path:_rest>", methods=_METHODS)
def unknown(_rest: str = "") -> Response:
    """Return 404 in Kit's format for every other path and method."""
    raise _Rejected(404, "Not Found")


@api.errorhandler(_Rejected)
def _show_rejected(error: _Rejected) -> tuple[Response, int]:
    return jsonify(errors=error.messages), error.status


@api.errorhandler(BadPage)
def _show_bad_page(error: BadPage) -> tuple[Response, int]:
    return jsonify(errors=[str(error)]), 422


@api.errorhandler(HTTPException)
def _show_http_error(error: HTTPException) -> tuple[Response, int]:
    return jsonify(errors=[error.name]), error.code or 500


def _authenticate() -> Account:
    """Return the account of the access token or API key, or reject the request with 401 in Kit's words."""
    who = identity()
    if who.account is not None:
        return who.account
    if who.has_expired:
        raise _Rejected(401, "The access token expired")
    # Kit's message for an unknown API key is not documented.
    messages = {"oauth": "The access token is invalid", "api_key": "The API key is invalid"}
    raise _Rejected(401, messages.get(who.credential or "", "Authentication Failed"))


def _page(name: str, records: Sequence[Record]) -> Response:
    page, pagination = paginate(records, request.args)
    return jsonify({name: page, "pagination": pagination})


def _purchases() -> list[Record]:
    account = _authenticate()
    if identity().credential != "oauth":
        raise _Rejected(401, "Purchases need OAuth and cannot be read with an API key")
    return account.collections["purchases"]


def _posts() -> Sequence[Record]:
    posts = _authenticate().posts
    if posts is None:
        raise _Rejected(404, "Not Found")
    return posts


def _find(records: Sequence[Record], id_: int) -> Mapping[str, Any]:
    found = find_record(records, id_)
    if found is None:
        raise _Rejected(404, "Not Found")
    return found


def _with_content(post: Mapping[str, Any]) -> Mapping[str, Any]:
    return post if "content" in post else {**post, "content": content_of(post)}
