"""What a block has besides its code: icons, examples, and its place in Kit's element menu.

The lint and the tests of packages have these rules from here, the preview those about one file.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from plugin_server.blocks.base import Block
from plugin_server.errors import PluginError, SettingsInvalid
from plugin_server.examples.example_files import REQUIRED, InvalidExample, read_example
from plugin_server.findings.finding import Finding, Place, error, warning
from plugin_server.findings.wording import listed
from plugin_server.resources.packages import BlockPackage, installed_packages
from plugin_server.sandbox.dashboard.icons import read_icon
from plugin_server.settings.definition import DefinitionError, load

_KINDS = {".png": "png", ".svg": "svg+xml"}
_DRAW = (
    "Draw a PNG of 150×120 pixels and an SVG of one color: “plugin-server new block” draws both."
)
_FILL_IN = "Write the settings that Kit would send, as a JSON object."
# Of Kit's element menu. https://developers.kit.com/plugins/content-blocks/plugin-configuration
# Kit advises one or two words; a third one fits if all are short.
_MOST_WORDS, _LONGEST_DESCRIPTION = 3, 60


def icons(package: BlockPackage, block: str) -> list[Path]:
    """Return the paths of a block's icons, whether they are there or not."""
    return [package.static / "icons" / f"{block}{suffix}" for suffix in _KINDS]


def missing(package: BlockPackage, block: str) -> Iterator[Finding]:
    """Yield the icons and the examples that a block lacks, with the codes ``icon`` and ``example``."""
    for file in icons(package, block):
        if not file.is_file():
            yield _missing("icon", file, package, _DRAW)
    for example in REQUIRED:
        file = package.example_file(block, example)
        if not file.is_file():
            yield _missing("example", file, package, _FILL_IN)


def icon(file: Path, package: BlockPackage) -> Iterator[Finding]:
    """Yield why Kit would not take an icon: a PNG of 150×120 pixels, an SVG of one color."""
    place = Place(file=package.display(file))
    try:
        url, refused = read_icon(file.read_bytes())
    except OSError as problem:
        yield error("icon", place, f"cannot be read: {problem.strerror}", _DRAW)
        return
    for reason in refused:
        yield error("icon", place, f"cannot be used: {reason.removesuffix('.')}", _DRAW)
    if not refused and not url.startswith(f"data:image/{_KINDS[file.suffix]};"):
        yield error("icon", place, "is another kind of file than its name says", _DRAW)


def menu_texts(block: Block, package: BlockPackage) -> Iterator[Finding]:
    """Yield a label and a description for which Kit's element menu has no room."""
    place = Place(file=package.display(package.module_file(block.name)))
    if len(block.label.split()) > _MOST_WORDS:
        yield warning(
            "label",
            place,
            f'the label "{block.label}" of {block.name} is long: Kit advises one or two words',
            'Shorten the "label".',
        )
    if len(block.description) > _LONGEST_DESCRIPTION:
        yield warning(
            "description",
            place,
            f"the description of {block.name} has {len(block.description)} characters; Kit's menu has room "
            f"for {_LONGEST_DESCRIPTION}",
            'Shorten the docstring\'s first sentence, or give the class a "description".',
        )


def equal_orders(blocks: Sequence[Block], package: BlockPackage) -> Iterator[Finding]:
    """Yield the blocks of one package that claim the same place in Kit's element menu, at the last one."""
    # 0 is the default, with which blocks are sorted by name.
    orders = Counter(block.sort_order for block in blocks if block.sort_order)
    for order in (order for order, number in orders.items() if number > 1):
        names = [block.name for block in blocks if block.sort_order == order]
        place = Place(file=package.display(package.module_file(names[-1])))
        message = f"{listed(names, 'and')} have the same sort_order, {order}"
        yield warning("sort-order", place, message, "Give each its own number, or none.")


def file_findings(file: Path) -> list[Finding]:
    """Return what is wrong with one icon or example of a block; nothing for any other file.

    An icon that was deleted is missing; an example may go.
    """
    for package in installed_packages():
        if file in icons(package, file.stem) and file.stem in package.block_names():
            if not file.exists():
                return [_missing("icon", file, package, _DRAW)]
            return list(icon(file, package))
        if file.suffix == ".json" and file.parent.parent == package.examples and file.exists():
            return _in_example(file, package)
    return []


def _in_example(file: Path, package: BlockPackage) -> list[Finding]:
    place = Place(file=package.display(file))
    try:
        load(file.parent.name).parse(read_example(file))
    except InvalidExample as problem:
        place = Place(problem.line or 0, file=place.file)
        return [error("example", place, problem.problem)]
    except SettingsInvalid as problem:
        return [not_rendered(file, package, problem)]
    except DefinitionError:
        return []  # the settings JSON has errors of its own
    return []


def not_rendered(file: Path, package: BlockPackage, problem: PluginError) -> Finding:
    """Return that an example gives an error instead of a block, with what a creator would read."""
    message = f"a creator would read: {' '.join(problem.messages)}".removesuffix(".")
    place = Place(file=package.display(file))
    return error("not-rendered", place, message, "An example has to render.")


def _missing(code: str, file: Path, package: BlockPackage, advice: str) -> Finding:
    return error(code, Place(file=package.display(file)), "is missing", advice)
