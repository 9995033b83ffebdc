"""Another developer's package with a dynamic block of an event: the files of ``acme_carts``, installed."""

from pathlib import Path

from support.blocks.packages import write_package

from plugin_server.commands.scaffold.icon import png_icon, svg_icon

FILES = Path(__file__).parents[2] / "testing" / "acme_carts"
NAME, BLOCK = "acme-carts", "cart_list"


def install(site: Path) -> Path:
    """Install the package below ``site``, a folder of the import path; return its folder."""
    files = {
        str(file.relative_to(FILES)): file.read_text("utf-8")
        for file in FILES.rglob("*")
        if file.suffix in (".py", ".json", ".html")
    }
    folder = write_package(site, files, name=NAME)
    icons = folder / "static" / "icons"
    icons.mkdir(parents=True, exist_ok=True)
    (icons / f"{BLOCK}.png").write_bytes(png_icon(BLOCK))
    (icons / f"{BLOCK}.svg").write_text(svg_icon())
    return folder
