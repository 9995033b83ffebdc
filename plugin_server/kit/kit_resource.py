"""What blocks read of Kit, each declared once: endpoint, filters, scope and fresh time.

``kit_list`` and ``kit_record`` declare a resource, for the blocks of this server and of any package alike::

    TAGS = kit_list(endpoints.TAGS, scope="read:tags", sample=[Tag(id=1, name="Came by ferry")])

A block then reads it with ``data.get(TAGS)``, and has it cached, shared by processes, within the account's
budget and the request's deadline. Only GET is ever sent, and blocks get values, never a client.

A package may read an endpoint of Kit that is not in ``endpoints``, or other fields of one that is, with a
record of its own::

    class Link(KitRecord):
        id: Id
        name: str | None = None

    LINKS = ListOf("/v4/links", "links", Link, "links/list-links", Paging)

Its fields are held in memory, in Redis and in files, and blocks print them in an email to all readers. So a
record names what the creator shows the public, and nothing of a person: subscribers and customers gave their
data to the creator alone. Fields that are known to hold such data are refused.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from types import GenericAlias
from typing import Any, NoReturn, TypeVar, get_args, get_origin, get_type_hints
from urllib.parse import urlencode

from pydantic import BaseModel, TypeAdapter

from plugin_server.errors import UndeclaredScope
from plugin_server.kit.api.client import KitClient
from plugin_server.kit.api.endpoints import Endpoint, ListOf, RecordAt
from plugin_server.kit.api.parameters import MAX_PAGE_SIZE
from plugin_server.kit.api.records import Record
from plugin_server.kit.cache import lifetimes
from plugin_server.kit.cache.resource import Resource
from plugin_server.kit.webhooks.events import KINDS

# Records of a list that are read while a creator waits: five requests. Longer lists are read in the
# background.
MANY = 5 * MAX_PAGE_SIZE
# Seconds after which another process may load a resource too.
MAX_LOAD, MAX_BACKGROUND_LOAD = 30, 300
# Kit's fields that say who somebody is, or lead there.
_PERSONAL = frozenset(
    {"customer", "email", "email_address", "fields", "first_name", "last_name"}
    | {"primary_email_address", "referrer", "referrer_utm_parameters", "transaction_id"}
)
# What a creator allows by installing the app, which signs in with the one and matches the other.
_WITHOUT_SCOPE = frozenset({"/v4/account", "/v4/account/colors"})

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
U = TypeVar("U")


@dataclass(frozen=True)
class KitSource:
    """What the resources of one account are read from.

    Attributes:
        client: reads while a creator waits.
        background_client: reads while no creator does.
        clock: unix seconds.
        uses_oauth: whether the credential is a creator's connection, and not an API key.
    """

    client: KitClient
    background_client: KitClient
    clock: Callable[[], float]
    uses_oauth: bool = True


def _no_sample(_text: str | None) -> NoReturn:
    raise LookupError("this resource has no sample")


@dataclass(frozen=True, kw_only=True)
class KitResource(Resource[T_co]):
    """Data that blocks read of an account, from one declaration; ``T_co`` is the type of its value.

    Attributes:
        scope: what a block has to name in its ``scopes`` to read it; ``None`` for what every block may.
        read: requests it from Kit.
        needs_oauth: whether Kit shows it only to apps that creators connect, and not to API keys.
        sample: returns the value in made-up accounts, whose texts are all the given one if there is one.
    """

    scope: str | None
    read: Callable[[KitSource], T_co]
    needs_oauth: bool = False
    sample: Callable[[str | None], T_co] = _no_sample

    def require(self, scopes: Collection[str] | None) -> None:
        """Raise UndeclaredScope unless it may be read with these scopes; ``None`` stands for all."""
        if scopes is not None and self.scope is not None and self.scope not in scopes:
            raise UndeclaredScope(_title(self.name), self.scope)

    def map(self, convert: Callable[[T_co], U]) -> "KitResource[U]":
        """Return a resource of what a function makes of this one's value, once for each load.

        Only what the function returns is cached, so the type that it is annotated with has to be one that
        pydantic can write as JSON and read: dataclasses, records, tuples, strings, numbers, dates.

        Raises:
            TypeError: the function does not say what it returns.
        """
        name = f"{getattr(convert, '__module__', '')}.{getattr(convert, '__qualname__', '')}"
        try:
            kind = get_type_hints(convert)["return"]
        except (KeyError, TypeError):
            raise TypeError(f"{name} needs an annotation of what it returns") from None
        return make_resource(
            _name(_title(self.name), self.name, name),
            kind,
            lambda kit: convert(self.read(kit)),
            scope=self.scope,
            fresh=self.fresh,
            max_load_seconds=self.max_load_seconds,
            needs_oauth=self.needs_oauth,
            kind=self.kind,
            lags=self.lags,
            sample=lambda text: convert(self.sample(text)),
        )


def kit_list(
    endpoint: ListOf[Record, ...],
    *,
    scope: str,
    filters: Mapping[str, object] | None = None,
    max_records: int = MANY,
    fresh: int = lifetimes.EDITED,
    sample: Iterable[Record] = (),
) -> KitResource[tuple[Record, ...]]:
    """Declare a list of Kit, whose value is a tuple of its records.

    Args:
        endpoint: a list of ``kit/api/endpoints.py``, or a package's own.
        scope: what blocks name in their ``scopes`` to read it, such as ``read:tags``.
        filters: the endpoint's parameters by name; ``per_page`` is set where it is not among them.
        max_records: the first ones in Kit's order, 5,000 if not given. More are read in the background,
            with the part of the budget that creators who wait do not need.
        fresh: seconds after which a creator who comes back gets new data; see ``lifetimes.py``.
        sample: the records in made-up accounts. Their texts of several words give way to those that strain
            a block.

    Raises:
        ValueError: Kit could not accept the filters, the record holds a person's data, or the fresh time is
            too short for the budget.
    """
    query = {"per_page": min(max_records, MAX_PAGE_SIZE), **(filters or {})}
    is_long = max_records > MANY
    records = tuple(sample)

    def read(kit: KitSource) -> tuple[Record, ...]:
        client = kit.background_client if is_long else kit.client
        return tuple(islice(client.list(endpoint, **query), max_records))

    return make_resource(
        _declare(endpoint, query, scope, max_records),
        GenericAlias(tuple, (endpoint.record, ...)),
        read,
        scope=scope,
        fresh=fresh,
        max_load_seconds=MAX_BACKGROUND_LOAD if is_long else MAX_LOAD,
        needs_oauth=endpoint.needs_oauth,
        # A long list takes many requests.
        kind="" if is_long else KINDS.get(endpoint.path, ""),
        lags=True,
        sample=lambda text: tuple(_with_text(record, text) for record in records),
    )


def kit_record(
    endpoint: RecordAt[Record, ...],
    *,
    scope: str | None,
    filters: Mapping[str, object] | None = None,
    fresh: int = lifetimes.EDITED,
    sample: Record | None = None,
) -> KitResource[Record | None]:
    """Declare a record of Kit, whose value is ``None`` where Kit has none.

    ``filters`` hold the ``id`` where the endpoint takes one, so that each record is a resource of its own::

        def broadcast(id: int) -> KitResource[Broadcast | None]:
            return kit_record(endpoints.BROADCAST, scope="read:broadcasts", filters={"id": id})

    Without a scope blocks may read the account and its colors only. For the other arguments and for errors
    see ``kit_list``.
    """
    query = dict(filters or {})
    return make_resource(
        _declare(endpoint, query, scope),
        endpoint.record | None,
        lambda kit: kit.client.find(endpoint, **query),
        scope=scope,
        fresh=fresh,
        needs_oauth=endpoint.needs_oauth,
        kind=KINDS.get(endpoint.path, ""),
        sample=lambda text: sample and _with_text(sample, text),
    )


def make_resource(
    name: str,
    value_type: Any,
    read: Callable[[KitSource], T],
    *,
    scope: str | None,
    fresh: int,
    max_load_seconds: int = MAX_LOAD,
    needs_oauth: bool = False,
    kind: str = "",
    lags: bool = False,
    sample: Callable[[str | None], T] = _no_sample,
) -> KitResource[T]:
    """Return a resource that is read in any way; ``value_type`` is that of its value, for the cache.

    Raises:
        ValueError: ``fresh`` is less than the 30 seconds that the budget allows.
    """
    if fresh < lifetimes.EDITED:
        raise ValueError(f"{_title(name)} has to be fresh for {lifetimes.EDITED} seconds at least")
    adapter = _adapter(value_type)

    def encode(value: T) -> bytes:
        return adapter.dump_json(value, by_alias=True)

    return KitResource(
        name,
        fresh,
        encode,
        adapter.validate_json,
        # Objects take about three times the memory of their text.
        lambda value: 3 * len(encode(value)),
        max_load_seconds=max_load_seconds,
        fresh_in_visit=max(fresh, lifetimes.IN_VISIT),
        kind=kind,
        lags=lags,
        scope=scope,
        read=read,
        needs_oauth=needs_oauth,
        sample=sample,
    )


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _declare(
    endpoint: Endpoint[Any, ...], query: Mapping[str, Any], scope: str | None, *others: object
) -> str:
    """Return the name of a resource, after what its value depends on; raises ValueError as ``kit_list``."""
    path, sent = endpoint.request(**query)
    if not path.startswith("/v4/"):
        raise ValueError(f"{path} is not a path of Kit's API V4: it has to start with /v4/")
    if not scope and path not in _WITHOUT_SCOPE:
        raise ValueError(f"{path} needs a scope, such as read:{path.split('/')[2]}")
    record: type[BaseModel] = endpoint.record
    fields = _fields(record)
    if personal := sorted(_PERSONAL & fields):
        raise ValueError(f"{record.__name__} has {personal[0]}, which may hold a person's data")
    return _name(
        path.removeprefix("/v4/"),
        urlencode(sent),
        f"{record.__module__}.{record.__qualname__}",
        *(*sorted(fields), *others),
    )


def _name(title: str, *parts: object) -> str:
    """Return a name that is another one for other parts, so that no two resources share their values."""
    digest = hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()
    return f"{title} #{digest[:12]}"


def _title(name: str) -> str:
    return name.partition(" #")[0]


@cache
def _fields(record: type[BaseModel]) -> frozenset[str]:
    """Return Kit's names of the fields of a record and of those in it.

    Raises:
        ValueError: it takes whatever Kit sends, which may be anything.
    """
    if record.model_config.get("extra") == "allow":
        raise ValueError(f"{record.__name__} takes whatever Kit sends: name the fields it needs")
    found: set[str] = set()
    for name, field in record.model_fields.items():
        found.add(str(field.validation_alias or name))
        for kind in _types_in(field.annotation):
            if kind in (Any, object, dict):
                raise ValueError(
                    f"{record.__name__}.{name} takes whatever Kit sends: give it a type"
                )
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                found |= _fields(kind)
    return frozenset(found)


def _types_in(annotation: Any) -> Iterator[Any]:
    yield get_origin(annotation) or annotation
    for each in get_args(annotation):
        yield from _types_in(each)


def _with_text(record: Record, text: str | None) -> Record:
    """Return a sample with a text in place of all of its texts, which have several words.

    Words that programs read, such as ``active``, and URLs stay: a block could not be shown without them.
    """
    if text is None:
        return record
    content = record.model_dump(mode="json", by_alias=True)
    return type(record).model_validate(_replaced(content, text))


def _replaced(value: Any, text: str) -> Any:
    if isinstance(value, str):
        return text if " " in value else value
    if isinstance(value, list):
        return [_replaced(each, text) for each in value]
    if isinstance(value, dict):
        return {name: _replaced(each, text) for name, each in value.items()}
    return value
