"""A package of blocks as ``plugin-server new`` makes it, installed for one test."""

from pathlib import Path

from support.blocks.packages import Changes, change_files, write_package

from plugin_server.commands.scaffold.writing import package_files, write

NAME, MODULE = "acme-blocks", "acme_blocks"


def generate(site: Path, changes: Changes | None = None) -> Path:
    """Write a package with the block ``quote`` below ``site``; return the folder of its import package.

    Args:
        site: a folder of the import path, which is also the folder of the project.
        changes: other contents of files, by path below the returned folder; ``None`` removes a file.
    """
    write(package_files(site, NAME, MODULE))
    (site / MODULE / "__init__.py").unlink()
    folder = write_package(site, {})
    change_files(folder, changes or {})
    return folder
