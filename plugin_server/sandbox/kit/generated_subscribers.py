"""Generated subscribers: the same at every start, on every machine. None of them is a real subscriber."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from plugin_server.sandbox.kit.generated_posts import Record
from plugin_server.sandbox.kit.moments import moment, seconds_of

_NAMES = (
    *("Ada", "Aiko", "Amara", "Anders", "Béla", "Camille", "Chidi", "Dana", "Elif", "Emeka"),
    *("Farah", "Goran", "Hana", "Idris", "Inés", "Ivo", "Jun", "Kofi", "Lena", "Lior", "Mei"),
    *("Mina", "Nadia", "Noor", "Olu", "Petra", "Quinn", "Rosa", "Sami", "Teo", "Uma", "Vera"),
    *("Wen", "Ximena", "Yara", "Zoë", None, None),
)
_OTHER_STATES = ("cancelled", "cancelled", "cancelled", "bounced", "complained", "inactive")


@dataclass(frozen=True)
class GeneratedSubscribers:
    """Describes subscribers by numbers.

    Attributes:
        count: how many of them are active; one in ten more is not.
        first_id: the id of the oldest; the next one has the next id.
        start: the day on which the oldest subscribed, as ISO 8601.
        end: the day on which the newest did.
        seed: of everything else about them.
        per_link: how many of them, in hundred, are in each tag, form and sequence of the account.
        fields: the values that they have in custom fields, by the fields' keys: the oldest has the first
            value, the next one the second, and so on, and then again from the first; ``None`` for no value.
    """

    count: int
    first_id: int = 100_001
    start: str = "2022-01-01"
    end: str = "2026-09-01"
    seed: int = 1
    per_link: int = 20
    fields: Mapping[str, Sequence[str | None]] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        """Check the days and the values; raises ValueError."""
        seconds_of(self.start), seconds_of(self.end)
        if not isinstance(self.fields, dict) or not all(map(_are_values, self.fields.values())):
            raise ValueError(
                "fields: a list of texts and null by the key of each field was expected"
            )

    def records(self) -> Iterator[Record]:
        """Yield the subscribers, oldest first, as the account stores them."""
        random = Random(self.seed)  # noqa: S311 (made-up subscribers, not secrets)
        others = set(random.sample(range(self.total), self.total - self.count))
        start, end = seconds_of(self.start), seconds_of(self.end)
        step = (end - start) / max(self.total, 1)
        for number in range(self.total):
            name = random.choice(_NAMES)
            created = moment(start + (number + random.random()) * step)
            state = random.choice(_OTHER_STATES) if number in others else "active"
            yield {
                "id": self.first_id + number,
                "first_name": name,
                "email_address": f"reader-{self.first_id + number}@example.com",
                "state": state,
                "created_at": created,
                "updated_at": created,
                "canceled_at": created if state == "cancelled" else None,
                "fields": self._values_of(number),
            }

    def _values_of(self, number: int) -> dict[str, str | None]:
        return {key: values[number % len(values)] for key, values in self.fields.items()}

    @property
    def total(self) -> int:
        """How many there are, in every state."""
        return self.count + self.count // 10

    def links(self, parents: list[int], of: Iterable[Record]) -> Iterator[tuple[int, Record]]:
        """Yield which subscribers are in which tag, form or sequence."""
        random = Random(self.seed + sum(parents))  # noqa: S311 (as above)
        last_id = self.first_id + self.total
        for subscriber in of:
            for parent in parents:
                # Those who came later are in nothing that nobody put them in.
                if random.random() * 100 < self.per_link and subscriber["id"] < last_id:
                    yield parent, subscriber


def _are_values(values: object) -> bool:
    if not isinstance(values, list) or not values:
        return False
    return all(each is None or isinstance(each, str) for each in values)
