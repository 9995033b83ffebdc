"""What the templates of blocks may use, as data, read from the gate and the environment themselves."""

from collections.abc import Callable
from inspect import Parameter, signature

from jinja2 import Environment

from plugin_server.rendering.css_properties import PROPERTIES, value_form
from plugin_server.rendering.email_styles import EmailStyles
from plugin_server.rendering.gate import ALLOWED, required_attributes
from plugin_server.rendering.gate_advice import attribute_form
from plugin_server.rendering.placeholders import StylesPlaceholder
from plugin_server.rendering.template_names import macros_of

# Parameters that templates do not write: of methods, and what a call block is.
_UNWRITTEN = ("self", "caller")


def elements() -> dict[str, dict[str, str]]:
    """Return the elements, each with its attributes and what these take; required ones come first."""
    found = {}
    for name, attributes in ALLOWED.items():
        required = required_attributes(name)
        rest = sorted(attributes - {*required})
        found[name] = {each: attribute_form(each) for each in (*required, *rest)}
    return found


def properties() -> dict[str, str]:
    """Return the CSS properties with what their values look like."""
    return {name: value_form(name) for name in sorted(PROPERTIES)}


def functions(environment: Environment) -> dict[str, str]:
    """Return the functions of templates that are ours, as they are called, with what they return."""
    own = {
        name: each
        for name, each in environment.globals.items()
        if callable(each) and each.__module__.startswith(__package__)
    }
    found = {_call(name, each): _first_line(each) for name, each in sorted(own.items())}
    for name in sorted(each for each in vars(StylesPlaceholder) if not each.startswith("_")):
        method = getattr(EmailStyles, name)
        found[_call(f"styles.{name}", method)] = _first_line(method)
    return found


def filters(environment: Environment) -> list[str]:
    """Return the names of all filters."""
    return sorted(environment.filters)


def macros(environment: Environment) -> dict[str, list[str]]:
    """Return the macros of all packages as they are called, by their template."""
    names = environment.list_templates(filter_func=lambda name: "macros" in name.split("/")[:-1])
    found = {name: macros_of(environment, name) or {} for name in names}
    return {name: [str(each) for each in own.values()] for name, own in found.items()}


def _call(name: str, function: Callable[..., object]) -> str:
    parameters = [
        each for each in signature(function).parameters.values() if each.name not in _UNWRITTEN
    ]
    return f"{name}({', '.join(map(_parameter, parameters))})"


def _parameter(parameter: Parameter) -> str:
    if parameter.kind is Parameter.VAR_KEYWORD:
        return "property=value, …"
    if parameter.kind is Parameter.VAR_POSITIONAL:
        return "…"
    default = "" if parameter.default is Parameter.empty else f"={parameter.default!r}"
    return f"{parameter.name}{default}"


def _first_line(function: object) -> str:
    return (function.__doc__ or "").partition("\n")[0]
