"""Paths of the asset folders: beside the package in a checkout, inside it when installed from a wheel."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
_ROOT = PACKAGE if (PACKAGE / "templates").is_dir() else PACKAGE.parent

TEMPLATES = _ROOT / "templates"
STATIC = _ROOT / "static"
SETTINGS_JSON = _ROOT / "settings_json"
EXAMPLES = SETTINGS_JSON / "examples"


def settings_files() -> list[Path]:
    """Return the paths of every block's settings JSON, also of one that is missing beside its template."""
    names = {file.stem for file in SETTINGS_JSON.glob("*.json")}
    names |= {file.stem for file in (TEMPLATES / "blocks").glob("*.html")}
    return [SETTINGS_JSON / f"{name}.json" for name in sorted(names)]
