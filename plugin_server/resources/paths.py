"""Paths of the asset folders: beside the package in a checkout, inside it when installed from a wheel.

Those of blocks are in ``packages.py``, because any installed package may have blocks.
"""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
ROOT = PACKAGE if (PACKAGE / "templates").is_dir() else PACKAGE.parent

TEMPLATES = ROOT / "templates"
STATIC = ROOT / "static"
SETTINGS_JSON = ROOT / "settings_json"
EXAMPLES = SETTINGS_JSON / "examples"


def short_path(path: Path) -> str:
    """Return an absolute path for people: relative to the current directory if it is below it."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
