"""The public interface: every public name with its signature, as released and as it is now.

``python -m support.public_api`` records it; do so when you release.
"""

import inspect
import json
import re
from dataclasses import fields, is_dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import plugin_server.blocks
import plugin_server.testing
from plugin_server.resources.paths import TEMPLATES

# Of the macros of templates, too: ``macros/email.html:heading``.
_MACRO = re.compile(r"{%-? macro ([a-z]\w*)\((.*?)\) -?%}", re.DOTALL)
RELEASED = Path(__file__).parents[1] / "public_api.json"
MODULES = (plugin_server.blocks, plugin_server.testing)


def current() -> dict[str, str]:
    """Return each public name with what is public of it."""
    names = {
        f"{module.__name__}.{name}": _described(getattr(module, name))
        for module in MODULES
        for name in module.__all__
    }
    return {**names, **macros()}


def macros() -> dict[str, str]:
    """Return each macro that blocks may call with its arguments."""
    found: dict[str, str] = {}
    for file in sorted((TEMPLATES / "macros").glob("*.html")):
        for name, arguments in _MACRO.findall(file.read_text()):
            found[f"macros/{file.name}:{name}"] = " ".join(arguments.split())
    return found


def _described(value: Any) -> str:
    # A name may move between modules that are not public.
    return re.sub(r"[\w.]+\.(?=\w)", "", _signature(value))


def _signature(value: Any) -> str:
    if inspect.ismodule(value):
        return "a module"
    if not isinstance(value, type):
        return str(inspect.signature(value)) if callable(value) else repr(value)
    if is_dataclass(value):
        parts = [f"{each.name}: {each.type}" for each in fields(value)]
    else:
        annotations = vars(value).get("__annotations__", {})
        parts = [f"{name}: {kind}" for name, kind in annotations.items() if name[0] != "_"]
    parts += [
        name for name, each in vars(value).items() if isinstance(each, property | cached_property)
    ]
    methods = [
        f"{name}{inspect.signature(each)}"
        for name, each in vars(value).items()
        if not name.startswith("_") and inspect.isfunction(each)
    ]
    return "; ".join([*parts, *methods])


if __name__ == "__main__":
    RELEASED.write_text(json.dumps(current(), indent=2, sort_keys=True) + "\n")
