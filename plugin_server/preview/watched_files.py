"""Which files the preview watches, and which of them reload without a new worker."""

from itertools import chain
from pathlib import Path

from plugin_server.resources.packages import BlockPackage, installed_packages
from plugin_server.resources.paths import PACKAGE, STATIC, TEMPLATES


def _of_package(package: BlockPackage) -> tuple[Path, ...]:
    return (package.folder, package.templates, package.settings_json, package.static)


def _reloaded(package: BlockPackage) -> tuple[Path, ...]:
    templates = package.templates
    return (templates / "blocks", templates / "macros", package.examples, package.static)


_PACKAGES = installed_packages()
WATCHED = (PACKAGE, *chain.from_iterable(map(_of_package, _PACKAGES)))
# These are read again whenever they have changed; everything else needs a new worker.
RELOADED_FILES = tuple(chain.from_iterable(map(_reloaded, _PACKAGES)))
SANDBOX_FILES = (
    PACKAGE / "sandbox",
    PACKAGE / "preview",
    TEMPLATES / "sandbox",
    STATIC / "sandbox",
)
