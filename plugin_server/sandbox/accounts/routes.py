"""The pages of an account: its records by kind, each list in pages and each record as a form."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin_server.sandbox.accounts import controls, writes
from plugin_server.sandbox.accounts.kinds import KINDS, Kind
from plugin_server.sandbox.context import creator, sandbox
from plugin_server.sandbox.form_errors import FormErrors
from plugin_server.sandbox.kit import fields
from plugin_server.sandbox.kit.accounts import LINKED, Account
from plugin_server.sandbox.kit.broadcasts import settle
from plugin_server.sandbox.kit.fields import Field
from plugin_server.sandbox.kit.generated_posts import Record
from plugin_server.sandbox.kit.pagination import paginate
from plugin_server.sandbox.kit.rejection import Rejected
from plugin_server.sandbox.kit.subscriber_records import SUBSCRIBERS

accounts = Blueprint("accounts", __name__, url_prefix="/accounts")

_PER_PAGE = 50


@accounts.before_app_request
def _refuse_real_accounts() -> None:
    is_page = request.blueprint in {"accounts", "about", "webhooks"}
    if is_page and sandbox().config.real_account is not None:
        abort(404, "The blocks show a real Kit account, which is edited at Kit.")


@accounts.get("")
def show_own() -> ResponseReturnValue:
    """Redirect to the page of the signed-in creator's account."""
    return redirect(url_for("about.show", account_id=creator().id))


@accounts.get("/<int:account_id>/<name>")
def show_list(account_id: int, name: str) -> str:
    """Show a page of the records of one kind; ``?q=`` finds records that have a text in their columns."""
    account, kind = find_account(account_id), _find_kind(name)
    query = {"per_page": _PER_PAGE, **{e: request.args.get(e) for e in ("after", "before")}}
    text = request.args.get("q", "").strip()
    with account.lock:
        settle(account)
        records = kind.records(account)
        try:
            match = partial(_has_text, kind, text.casefold()) if text else None
            page, pagination = paginate(records, query, match=match)
        except Rejected:
            abort(404, "This link does not lead to a page of the list.")
        rows = [(record["id"], _cells(account, kind, record)) for record in page]
        return render_template(
            "accounts/records.html",
            account=account,
            kind=kind,
            kinds=KINDS,
            is_missing=kind.name == "posts" and account.posts is None,
            columns=[controls.label_of(each) for each in kind.columns],
            rows=rows,
            count=len(records),
            text=text,
            pagination=pagination,
        )


@accounts.route("/<int:account_id>/<name>/new", methods=["GET", "POST"])
def new_record(account_id: int, name: str) -> ResponseReturnValue:
    """Show the form of a new record, or create it; 422 and the same form with Kit's sentences."""
    account, kind = find_account(account_id), _find_kind(name)
    if kind.is_listed_only:
        abort(404, kind.note)
    of, labels = _fields(account, kind, new=True)
    if request.method == "GET":
        return _record_page(account, kind, None, controls.typed_from_defaults(of), {})
    typed = controls.typed_from_form(of, request.form)
    body, errors = controls.body_of(of, typed, None)
    try:
        if not errors:
            id_ = writes.create(account, kind, body)
            flash(f"The {kind.one} is added.")
            return redirect(_url(account, kind, id_), 303)
    except Rejected as error:
        errors = controls.place(of, body, error.messages, new=True)
    return _record_page(account, kind, None, typed, errors), 422


@accounts.route("/<int:account_id>/<name>/<int:record_id>", methods=["GET", "POST"])
def show_record(account_id: int, name: str, record_id: int) -> ResponseReturnValue:
    """Show the form of a record, or change it; 422 and the same form with Kit's sentences."""
    account, kind = find_account(account_id), _find_kind(name)
    record = _find_record(account, kind, record_id)
    of, _ = _fields(account, kind, new=False)
    before = controls.typed_from_record(of, _stored(account, kind, record))
    if request.method == "GET":
        return _record_page(account, kind, record, before, {})
    typed = controls.typed_from_form(of, request.form)
    body, errors = controls.body_of(of, typed, before)
    try:
        if not errors:
            with writes.changing(account):
                if body:
                    writes.update(account, kind, record, body)
                if kind.resource is SUBSCRIBERS:
                    _link(account, record)
            flash(f"The {kind.one} is saved.")
            return redirect(_url(account, kind, record_id), 303)
    except Rejected as error:
        errors = controls.place(of, body, error.messages, new=False)
    return _record_page(account, kind, record, typed, errors), 422


@accounts.post("/<int:account_id>/<name>/<int:record_id>/delete")
def delete_record(account_id: int, name: str, record_id: int) -> ResponseReturnValue:
    """Delete a record; 422 and its page with Kit's sentence when Kit refuses that."""
    account, kind = find_account(account_id), _find_kind(name)
    record = _find_record(account, kind, record_id)
    if kind.is_listed_only:
        abort(404, kind.note)
    try:
        writes.delete(account, kind, record)
    except Rejected as error:
        of, _ = _fields(account, kind, new=False)
        typed = controls.typed_from_record(of, _stored(account, kind, record))
        return _record_page(account, kind, record, typed, {"": [*error.messages]}), 422
    flash(f"The {kind.one} is deleted.")
    return redirect(url_for("accounts.show_list", account_id=account.id, name=kind.name), 303)


def find_account(id_: int) -> Account:
    """Return an account; abort with 404 when there is none."""
    return sandbox().accounts.get(id_) or abort(404, "There is no such account.")


def _find_kind(name: str) -> Kind:
    return KINDS.get(name) or abort(404, "Accounts have no such records.")


def _find_record(account: Account, kind: Kind, id_: int) -> Record:
    with account.lock:
        settle(account)
        return kind.find(account, id_) or abort(404, f"There is no such {kind.one} any more.")


def _url(account: Account, kind: Kind, id_: int) -> str:
    return url_for("accounts.show_record", account_id=account.id, name=kind.name, record_id=id_)


def _fields(account: Account, kind: Kind, *, new: bool) -> tuple[dict[str, Field], dict[str, str]]:
    """Return the fields of a form, and the labels of those that are the account's own."""
    of = kind.fields(new=new)
    if kind.resource is not SUBSCRIBERS:
        return of, {}
    own = account.collections["custom_fields"][::-1]
    labels = {f"fields.{each['key']}": each["label"] for each in own}
    return {**of, **dict.fromkeys(labels, Field(fields.text))}, labels


def _stored(account: Account, kind: Kind, record: Record) -> Record:
    """Return a record with what is computed for responses, and a subscriber's custom fields."""
    stored = {**kind.resource.show(account, record), **record}
    if kind.resource is SUBSCRIBERS:
        for each in account.collections["custom_fields"]:
            stored[f"fields.{each['key']}"] = record["fields"].get(each["key"])
    return stored


def _link(account: Account, subscriber: Record) -> None:
    """Let a subscriber be in the tags, forms and sequences of the form; Kit takes it out of tags alone."""
    for name in LINKED:
        wished = _ticked(name)
        current = {each[f"{name[:-1]}_id"] for each in account.links(name).of(subscriber["id"])}
        for parent in wished - current:
            writes.link(account, name, parent, subscriber["id"], linked=True)
        if name == "tags":
            for parent in current - wished:
                writes.link(account, name, parent, subscriber["id"], linked=False)


def _links(account: Account, subscriber: Record) -> list[tuple[Kind, list[tuple[Record, bool]]]]:
    """Return every tag, form and sequence, and whether a subscriber is in it."""
    posted = request.method == "POST"
    found = []
    for name in LINKED:
        current = {each[f"{name[:-1]}_id"] for each in account.links(name).of(subscriber["id"])}
        if posted:
            # Browsers submit no disabled checkbox, which all that are ticked but those of tags are.
            current = _ticked(name) | (set() if name == "tags" else current)
        every = account.collections[name]
        found.append((KINDS[name], [(each, each["id"] in current) for each in every]))
    return found


def _ticked(name: str) -> set[int]:
    """Return the ids of the tags, forms or sequences that are ticked in the submitted form."""
    return {int(each) for each in request.form.getlist(f"in.{name}") if each.isdigit()}


def _record_page(
    account: Account,
    kind: Kind,
    record: Record | None,
    typed: Mapping[str, Any],
    errors: FormErrors,
) -> str:
    of, labels = _fields(account, kind, new=record is None)
    with account.lock:
        return render_template(
            "accounts/record.html",
            account=account,
            kind=kind,
            kinds=KINDS,
            record=record,
            title=_name(account, kind, record) if record else f"New {kind.one}",
            controls=controls.controls_of(account, of, typed, labels),
            product_columns=controls.PRODUCT_COLUMNS,
            links=_links(account, record) if record and kind.resource is SUBSCRIBERS else (),
            shown=kind.resource.show(account, record) if record else None,
            errors=errors,
        )


def _name(account: Account, kind: Kind, record: Record) -> str:
    first, *_ = _cells(account, kind, record)
    return f"{kind.one.capitalize()} {record['id']}" if first == "—" else first


def _cells(account: Account, kind: Kind, record: Record) -> list[str]:
    """Return what a list shows of a record."""
    computed = kind.resource.computed
    values = [
        computed[name](account, record) if name in computed else record.get(name)
        for name in kind.columns
    ]
    return [_cell(name, value) for name, value in zip(kind.columns, values, strict=True)]


def _cell(name: str, value: Any) -> str:
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name.endswith(("_at", "_time")):
        return str(value)[:16].replace("T", " ")
    return str(value)


def _has_text(kind: Kind, text: str, record: Record) -> bool:
    """Return whether a record has a text in a column, or as its id."""
    if str(record["id"]) == text:
        return True
    return any(text in str(record.get(name) or "").casefold() for name in kind.columns)
