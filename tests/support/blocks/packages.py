"""Packages of blocks that are installed for one test: files in a folder, as a wheel would have them."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from plugin_server.rendering.jinja_environment import jinja_environment
from plugin_server.rendering.renderer import verifying_renderer
from plugin_server.resources import packages

# Contents of files by path; ``None`` is a file that is not there.
Changes = Mapping[str, str | bytes | None]

# The smallest block: a module, a settings JSON and a template.
QUOTE = {
    "quote.py": '''"""A quotation."""

from plugin_server.blocks.base import Block


class QuoteBlock(Block):
    """Show a sentence that somebody said."""
''',
    "settings_json/quote.json": json.dumps(
        [{"type": "text", "name": "words", "label": "Words", "required": True}]
    ),
    "templates/blocks/quote.html": """{% import "macros/email.html" as email %}
{% call email.section(css_class, words|direction) %}
{{ email.paragraph(styles, words) }}
{% endcall %}
""",
}


def write_package(
    site: Path, files: Mapping[str, str], *, name: str = "acme-blocks", version: str = "1.2"
) -> Path:
    """Install a package below ``site``, a folder of the import path; return the package's folder."""
    module = name.replace("-", "_")
    folder = site / module
    for path, text in {"__init__.py": "", **files}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    metadata = site / f"{module}-{version}.dist-info"
    metadata.mkdir(exist_ok=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (metadata / "entry_points.txt").write_text(f"[plugin_server.blocks]\n{name} = {module}\n")
    return folder


def change_files(folder: Path, changes: Changes) -> None:
    """Write files below a package's folder; ``None`` removes one."""
    for path, content in changes.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            file.unlink()
        else:
            file.write_bytes(content.encode() if isinstance(content, str) else content)


@contextmanager
def import_path(site: Path) -> Iterator[None]:
    """Have packages below ``site`` importable and found inside the block, and nothing left of them after."""
    known, compiles = set(sys.modules), not sys.dont_write_bytecode
    # Two versions of a file may have one size and one time, by which Python knows what it compiled.
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(site))
    _refresh()
    try:
        yield
    finally:
        sys.path.remove(str(site))
        sys.dont_write_bytecode = not compiles
        for name in set(sys.modules) - known:
            if str(getattr(sys.modules[name], "__file__", "")).startswith(str(site)):
                del sys.modules[name]
        _refresh()


def _refresh() -> None:
    """Drop what was read from packages before: a template of that name may be another one now."""
    packages.refresh()
    jinja_environment.cache_clear()
    verifying_renderer.cache_clear()
