"""How much code stands between gunicorn and the endpoints: what speed is paid for with."""

from collections.abc import Iterator
from pathlib import Path

import plugin_server
from benchmarks.load import Extent
from benchmarks.report import Figure, at_most

TITLE = "Lines of the serving code"
_PACKAGE = Path(plugin_server.__file__).parent
# Rooms with all that is in them, and single modules.
_PLACES = ("serving", "blocking.py", "config/cpus.py", "config/startup.py")
_GOAL = 500


def figures(_: Extent) -> Iterator[Figure]:
    """Count the lines of each module, and of all."""
    modules = [
        module
        for place in _PLACES
        for module in sorted([*(_PACKAGE / place).rglob("*.py"), _PACKAGE / place])
        if module.is_file()
    ]
    counts = {each: len(each.read_text(encoding="utf-8").splitlines()) for each in modules}
    for module, count in counts.items():
        yield Figure(f"  {module.relative_to(_PACKAGE)}", str(count))
    yield at_most("all of them", sum(counts.values()), _GOAL, "lines")
