"""How Kit's JSON becomes records: one broken field costs that field, a broken ``id`` the record."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Self, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    Strict,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from plugin_server.errors import KitUnreadable

Item = TypeVar("Item")


def _from_iso(value: object) -> object:
    # Left to itself, pydantic would take a number for the seconds since 1970.
    if isinstance(value, str):
        return datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return value
    raise ValueError("not a time")


def _from_text(value: object) -> object:
    # No id has more digits, and a text of thousands would take long to read.
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20:
        return int(value)
    return value


def _in_utc(moment: datetime) -> datetime:
    # Kit says that its times are UTC; one without a zone could not be compared with the others.
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _readable(value: object, handler: ValidatorFunctionWrapHandler) -> tuple[Any, ...]:
    if not isinstance(value, list):
        return tuple(handler(value))
    readable: list[Any] = []
    for item in value:
        try:
            readable += handler([item])
        except ValidationError:
            continue
    return tuple(readable)


# Kit sends the ids of some lists as text.
Id = Annotated[int, BeforeValidator(_from_text), Strict(), Field(gt=0)]
# A time from Kit, always with a zone.
Moment = Annotated[datetime, BeforeValidator(_from_iso), AfterValidator(_in_utc)]
# A time in the account's own zone, with the offset that Kit gave; without one it says nothing.
LocalMoment = Annotated[AwareDatetime, BeforeValidator(_from_iso)]
# A list without the items that cannot be read.
Readable = Annotated[tuple[Item, ...], WrapValidator(_readable)]


class KitRecord(BaseModel):
    """The base of all records that are read from Kit.

    Unknown fields are ignored. A field that cannot be read counts as absent: it has its default, and makes
    the record unreadable only when there is no default.
    """

    model_config = ConfigDict(
        frozen=True, extra="ignore", allow_inf_nan=False, hide_input_in_errors=True
    )

    @model_validator(mode="wrap")
    @classmethod
    def _without_broken_fields(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        # For the record and not for each field, so that valid records, nearly all, cost nothing more.
        try:
            return handler(data)
        except ValidationError as error:
            if not isinstance(data, dict):
                raise
            broken = {each["loc"][0] for each in error.errors(include_url=False) if each["loc"]}
        return handler({name: value for name, value in data.items() if name not in broken})


Record = TypeVar("Record", bound=BaseModel)


def member_of(body: Mapping[str, Any], member: str) -> object:
    """Return a member of a response, ``None`` if there is none; see ``Endpoint.member``."""
    value: object = body
    for name in filter(None, member.split(".")):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def read_record(record: type[Record], value: object) -> Record | None:
    """Return ``value`` as a record; ``None`` when it cannot be read.

    The error ends here on purpose: a ValidationError holds the values, and these may be a customer's email
    address or a creator's drafts. No later error can be chained to it.
    """
    try:
        return record.model_validate(value)
    except ValidationError:
        return None


def parse_record(record: type[Record], value: object) -> Record:
    """Return ``value`` as a record; raises KitUnreadable (502) when it cannot be read."""
    parsed = read_record(record, value)
    if parsed is None:
        raise KitUnreadable
    return parsed


class Pagination(KitRecord):
    """The ``pagination`` member of every list; cursors are ``None`` on an empty page."""

    # Has no default: a list must not end early, and look complete, because this is unreadable.
    has_next_page: bool
    has_previous_page: bool = False
    start_cursor: str | None = None
    end_cursor: str | None = None
    per_page: int | None = None
    total_count: int | None = None
