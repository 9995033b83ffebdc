"""Boundaries: markup is made in one package, bleach is used in one module, imports point one way."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import plugin_server
from plugin_server.resources.paths import TEMPLATES

pytestmark = pytest.mark.processes

PACKAGE = Path(plugin_server.__file__).parent
BELOW_FLASK = [
    f"plugin_server.{path.relative_to(PACKAGE).with_suffix('').as_posix().replace('/', '.')}"
    for folder in ("rendering", "settings")
    for path in sorted((PACKAGE / folder).glob("*.py"))
    if path.stem != "__init__"
]


def sources(folder: Path, pattern: str) -> dict[Path, str]:
    return {path: path.read_text("utf-8") for path in folder.rglob(pattern)}


def test_markup_is_made_in_rendering_only() -> None:
    makers = {
        path.relative_to(PACKAGE).parts[0]
        for path, text in sources(PACKAGE, "*.py").items()
        if re.search(r"\bMarkup\b", text)
    }

    assert makers <= {"rendering"}


def test_no_template_declares_anything_safe() -> None:
    for path, text in sources(TEMPLATES, "*.html").items():
        assert not re.search(r"\|\s*safe\b|autoescape|Markup", text), path


def test_attributes_in_templates_stand_in_double_quotes() -> None:
    """Escaping keeps a value within quotes, not within none."""
    for path, text in sources(TEMPLATES, "*.html").items():
        bare = re.sub(r"\{#.*?#\}|\{%.*?%\}", "", text, flags=re.DOTALL)
        markup = re.sub(r"\{\{.*?\}\}", "value", bare, flags=re.DOTALL)
        tags = re.findall(r"<[a-z][^<>]*>", re.sub(r'"[^"]*"', '""', markup))
        assert not [tag for tag in tags if re.search(r'=(?!"")', tag)], path


def test_template_files_end_in_html() -> None:
    assert {path.suffix for path in TEMPLATES.rglob("*") if path.is_file()} == {".html"}


def test_bleach_is_known_to_one_module() -> None:
    users = [
        path.name for path, text in sources(PACKAGE, "*.py").items() if "import bleach" in text
    ]

    assert users == ["sanitizer.py"]


@pytest.mark.parametrize("folder", ["rendering", "settings"])
def test_imports_point_one_way(folder: str) -> None:
    above = {
        "rendering": "settings|blocks|kit|editor|oauth|store",
        "settings": "blocks|kit|editor|oauth|store",
    }
    for path, text in sources(PACKAGE / folder, "*.py").items():
        pattern = rf"^ *from plugin_server\.({above[folder]})\b|\bflask\b"
        assert not re.search(pattern, text, re.MULTILINE), path


def test_blocks_know_nothing_of_http_or_the_database() -> None:
    for path, text in sources(PACKAGE / "blocks", "*.py").items():
        assert not re.search(r"\bflask\b|plugin_server\.(editor|oauth|store|config|app)\b", text), (
            path
        )


def test_rendering_and_settings_work_without_a_flask_application() -> None:
    program = f"import {', '.join(BELOW_FLASK)}\nimport flask\nassert not flask.has_app_context()"

    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True, timeout=60)
