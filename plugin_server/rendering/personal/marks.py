"""The marks that helpers leave in what a template prints, where something personal goes."""

from typing_extensions import override

from plugin_server.rendering.personal.conditions import Condition, Literal
from plugin_server.rendering.personal.fields import Field, Loop
from plugin_server.rendering.placeholders import Bindings, Placeholder, UrlPlaceholder

# Of marks that are not printed any more.
_DETACHED = Bindings(repr)


class Mark(Placeholder):
    """A place for Liquid; ``number`` counts nothing."""

    kind = "condition"
    __slots__ = ()

    def __init__(self, bindings: Bindings, path: str) -> None:
        """Create it with what an author calls it."""
        super().__init__(bindings, -1, path)

    def detach(self) -> None:
        """Drop the reference to the run of a template that it comes from, so that it can be cached."""
        self.bindings = _DETACHED


class When(Mark):
    """The start of a condition."""

    __slots__ = ("condition",)

    def __init__(self, bindings: Bindings, condition: Condition) -> None:
        """Create it for a condition."""
        super().__init__(bindings, "when()")
        self.condition = condition


class Otherwise(Mark):
    """What follows is for those for whom the condition does not hold."""

    __slots__ = ()


class EndWhen(Mark):
    """The end of a condition."""

    __slots__ = ()


class Each(Mark):
    """The start of a loop."""

    kind = "loop"
    __slots__ = ("loop",)

    def __init__(self, bindings: Bindings, loop: Loop) -> None:
        """Create it for a loop."""
        super().__init__(bindings, f"each({loop.items.name})")
        self.loop = loop


class EndEach(Mark):
    """The end of a loop."""

    kind = "loop"
    __slots__ = ()


class PersonalText(Mark):
    """A value that is printed."""

    kind = "personal value"
    __slots__ = ("default", "field")

    def __init__(self, bindings: Bindings, field: Field, default: Literal | None) -> None:
        """Create it for a field; ``default`` stands where it has no value."""
        super().__init__(bindings, f"personal({field.name})")
        self.field, self.default = field, default


class PersonalUrl(Mark):
    """A web URL that is a field's value."""

    kind = "personal URL"
    __slots__ = ("field",)

    def __init__(self, bindings: Bindings, field: Field) -> None:
        """Create it for a field."""
        super().__init__(bindings, f"personal_url({field.name})")
        self.field = field


class PersonalLink(Mark):
    """A URL of the context, with a field's value as a parameter of its query."""

    kind = "personal link"
    __slots__ = ("default", "field", "parameter", "url")

    def __init__(
        self,
        bindings: Bindings,
        url: UrlPlaceholder,
        parameter: str,
        field: Field,
        default: Literal | None,
    ) -> None:
        """Create it for a URL, the parameter's name, a field, and what stands for no value."""
        super().__init__(bindings, f"with_personal({url.path}, {field.name})")
        self.url, self.parameter, self.field, self.default = url, parameter, field, default

    @override
    def detach(self) -> None:
        super().detach()
        self.url.bindings = _DETACHED
