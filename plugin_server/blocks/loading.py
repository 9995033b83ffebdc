"""Loads the blocks of all packages; one that cannot be loaded fails alone, by name, package and version."""

import ast
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any

from plugin_server.blocks.base import API_VERSION, Block
from plugin_server.errors import BlockUnavailable, NotFound
from plugin_server.findings.finding import Finding, Place, error
from plugin_server.findings.wording import listed, suggestion
from plugin_server.rendering.jinja_environment import compile_template
from plugin_server.rendering.personal.fields import EventPlugin, event_problems, is_identifier
from plugin_server.resources.packages import (
    BlockPackage,
    UnusablePackage,
    block_names,
    found_packages,
    installed_packages,
    package_of,
)
from plugin_server.resources.text_files import UnreadableText, read_text_file
from plugin_server.settings.definition import DefinitionError, load
from plugin_server.settings.text_formats import STANDARD, TextFormat

log = logging.getLogger(__name__)

# Each after the class attribute that it is about; "" for none.
Problems = Iterator[tuple[str, str]]


class InvalidBlock(Exception):
    """A block that does not have what every block needs.

    ``file`` is where its author fixes that; ``findings`` are all of its mistakes.
    """

    def __init__(self, file: Path, problems: Sequence[tuple[str, str]]) -> None:
        """Name the file and the problems, each after the class attribute that it is about, or ``""``."""
        self.file = file
        self.findings: list[Finding] = [
            error("block", Place(_line_of(file, attribute), file=str(file)), problem)
            for attribute, problem in problems
        ]
        super().__init__(f"{file.name}: {self.problem}")

    @property
    def problem(self) -> str:
        """All problems."""
        return "\n".join(each.message for each in self.findings)


class PackageUnusable(Exception):
    """No block of a package can be used; the text says why, and ``findings`` where: in the package."""

    def __init__(self, package: str, problem: str) -> None:
        """Take the package's name and version, and the problem, which continues them."""
        self.findings = [error("package", Place(file=package), problem)]
        super().__init__(f"{package} {problem}")


@dataclass(frozen=True)
class BlockFailure:
    """A block, or all blocks of a package (``block`` is ``""``), which could not be loaded."""

    package: str
    block: str
    error: BaseException = field(repr=False)

    def __str__(self) -> str:
        """Return whose failure it is, for people who know the package."""
        return f"{self.block} of {self.package}" if self.block else self.package


@dataclass(frozen=True)
class LoadedBlocks:
    """The blocks that are served, in the order of Kit's element menu, and what could not be loaded."""

    blocks: tuple[Block, ...]
    failures: tuple[BlockFailure, ...] = ()
    _by_name: Mapping[str, Block] = field(init=False, repr=False)
    _failed: Mapping[str, BlockFailure] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {block.name: block for block in self.blocks})
        object.__setattr__(self, "_failed", {each.block: each for each in self.failures})

    def __iter__(self) -> Iterator[Block]:
        return iter(self.blocks)

    def __len__(self) -> int:
        return len(self.blocks)

    def find(self, name: str) -> Block:
        """Return the block called ``name``.

        Raises:
            BlockUnavailable: 500, it could not be loaded.
            NotFound: 404, no such block is served.
        """
        if block := self._by_name.get(name):
            return block
        if name and (failure := self._failed.get(name)):
            raise BlockUnavailable from failure.error
        raise NotFound


def load_blocks(names: Sequence[str] = ()) -> LoadedBlocks:
    """Return the blocks of all packages, or those of the given names, and what could not be loaded.

    Why not is also logged.
    """
    loaded: list[Block] = []
    failures = list(_unusable_packages())
    for package in installed_packages():
        chosen = [name for name in package.block_names() if not names or name in names]
        of_package: list[Block] = []
        for name in chosen:
            try:
                block = _load(name, package)
                _require_own_identifier(block, [*loaded, *of_package], package)
                of_package.append(block)
            except Exception as error:  # noqa: BLE001 - the code of a package may raise anything
                failures.append(BlockFailure(str(package), name, error))
        loaded += sorted(of_package, key=lambda block: (block.sort_order, block.name))
    for failure in failures:
        log.error("Left out: %s cannot be loaded", failure, exc_info=failure.error)
    return LoadedBlocks(tuple(loaded), tuple(failures))


def load_block(name: str) -> Block:
    """Return one block; no other is imported.

    Raises:
        NotFound: no package has it.
        Exception: whatever its module raises; ``InvalidBlock`` and ``DefinitionError`` for a block that
            lacks something.
    """
    package = package_of(name)
    if package is None:
        raise NotFound(f"There is no block {name}. There are {listed(block_names(), 'and')}.")
    return _load(name, package)


def _unusable_packages() -> Iterator[BlockFailure]:
    for each in found_packages():
        if isinstance(each, UnusablePackage):
            name = f"{each.name} {each.version}"
            yield BlockFailure(name, "", PackageUnusable(name, each.problem))


def _load(name: str, package: BlockPackage) -> Block:
    owner = package_of(name)
    file = package.module_file(name)
    if owner != package:
        raise InvalidBlock(
            file, [("", f"{owner} has a block {name}, too; give this one another name")]
        )
    if not file.is_file():
        reason = f"there is no such module, which the block {name} needs"
        why = "it has a settings JSON or a template of that name"
        raise InvalidBlock(file, [("", f"{reason}: {why}")])
    _require_api(package)
    module = _without_exit(lambda: import_module(f"{package.module}.{name}"))
    classes = [
        each
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, Block) and each.__module__ == module.__name__
    ]
    if len(classes) != 1:
        has = f"has {listed([each.__name__ for each in classes], 'and')}" if classes else "has none"
        raise InvalidBlock(
            file, [("", f"a module of a block has one subclass of Block; this one {has}")]
        )
    problems = list(chain.from_iterable(rule(classes[0], package) for rule in _RULES))
    if problems:
        raise InvalidBlock(file, problems)
    block: Block = classes[0]()
    # Read and compiled now, so that mistakes are reported when the server starts.
    _ = block.settings
    compile_template(f"blocks/{name}.html")
    return block


def _require_own_identifier(block: Block, others: Sequence[Block], package: BlockPackage) -> None:
    """Return if no other element of the app has a dynamic block's identifier; Kit's dashboard refuses that.

    Raises:
        InvalidBlock: one has.
    """
    taken = {each.identifier: f"the block {each.name}" for each in others}
    taken |= {
        each.event.identifier: f"the event of {each.name}"
        for each in (*others, block)
        if each.event is not None
    }
    if block.identifier and (owner := taken.get(block.identifier)):
        problem = (
            f'"identifier" is "{block.identifier}", which {owner} has, too: give it another one'
        )
        raise InvalidBlock(package.module_file(block.name), [("identifier", problem)])


def _require_api(package: BlockPackage) -> None:
    required = getattr(_without_exit(lambda: import_module(package.module)), "REQUIRES_API", 1)
    if required != API_VERSION and not (isinstance(required, int) and required < API_VERSION):
        raise PackageUnusable(
            str(package),
            f"requires version {required} of plugin_server.blocks; this server has {API_VERSION}. Install "
            f"a newer plugin-server, or an older {package.name}.",
        )


def _without_exit(load: Callable[[], Any]) -> Any:
    try:
        return load()
    except SystemExit as error:
        # The exception of the module, whose exit must not stop the server.
        problem = RuntimeError(f"the module exits: SystemExit({error.code!r})")
        raise problem.with_traceback(error.__traceback__) from None


def _line_of(file: Path, attribute: str) -> int:
    """Return the line that assigns a class attribute, or else that of the class; 0 if there is none."""
    try:
        tree = ast.parse(read_text_file(file)) if attribute else None
    except (UnreadableText, SyntaxError, ValueError):
        tree = None
    if tree is None:
        return 0
    lines = {
        name.id: name.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for name in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(name, ast.Name) and name.col_offset
    }
    classes = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    return lines.get(attribute, classes[-1] if classes else 0)


def _name_problems(block: type[Block], package: BlockPackage) -> Problems:
    file_name = block.__module__.rpartition(".")[2]
    if block.name != file_name:
        yield (
            "name",
            f'the block is called "{block.name}" and its file {file_name}.py: leave "name" out',
        )


def _text_problems(block: type[Block], package: BlockPackage) -> Problems:
    for attribute in ("label", "description"):
        given = getattr(block, attribute)
        if not isinstance(given, str) or not given.strip():
            without = " or a docstring" if attribute == "description" else ""
            yield attribute, f'"{attribute}" is empty: give the class a "{attribute}"{without}'
    if not isinstance(block.sort_order, int):
        yield "sort_order", f'"sort_order" is {block.sort_order!r}: make it a number'


def _scope_problems(block: type[Block], package: BlockPackage) -> Problems:
    scopes: Any = block.scopes
    expected = '"scopes" is a dictionary: {"read:posts": "Read your published posts"}'
    if not isinstance(scopes, Mapping):
        yield "scopes", f"{expected}, not {type(scopes).__name__}"
        return
    for scope, sentence in scopes.items():
        if not isinstance(scope, str) or not scope or " " in scope:
            yield "scopes", f"{scope!r} is not a scope: {expected}"
        elif not isinstance(sentence, str) or not sentence.strip():
            yield (
                "scopes",
                f'the scope "{scope}" has no sentence for the consent page: {expected}',
            )


def _format_problems(block: type[Block], package: BlockPackage) -> Problems:
    formats: Any = block.formats
    if not isinstance(formats, Mapping):
        yield (
            "formats",
            f'"formats" is a dictionary: {{"start": TIME}}, not {type(formats).__name__}',
        )
        return
    for name, given in formats.items():
        if not isinstance(given, TextFormat):
            formats_there_are = listed([*STANDARD, "a TextFormat of your own"], "or")
            yield "formats", f'the format of "{name}" is {given!r}: make it {formats_there_are}'
    if formats:
        yield from _misplaced_formats(map(str, formats), block.__module__.rpartition(".")[2])


def _misplaced_formats(names: Iterable[str], block: str) -> Problems:
    try:
        types = {each.name: each.type for each in load(block).settings}
    except DefinitionError:
        return  # it is reported by itself
    for name in names:
        if name not in types:
            advice = suggestion(name, list(types))
            yield (
                "formats",
                f'"formats" names "{name}", which the settings JSON does not have. {advice}'.rstrip(),
            )
        elif types[name] != "text":
            yield (
                "formats",
                f'"formats" names "{name}", which is of type {types[name]}: only a setting of type '
                "text has a format",
            )


def _search_problems(block: type[Block], package: BlockPackage) -> Problems:
    if block.search is not Block.search:
        return
    try:
        fields = load(block.__module__.rpartition(".")[2]).search_names
    except DefinitionError:
        return  # it is reported by itself
    if fields:
        yield (
            "",
            f'the settings JSON has the search field "{fields[0]}", and {block.__name__} has no method '
            '"search", which returns its options',
        )


def _file_problems(block: type[Block], package: BlockPackage) -> Problems:
    name = block.__module__.rpartition(".")[2]
    for what, file, advice in (
        ("settings JSON", package.settings_file(name), "; write [] for a block without settings"),
        ("template", package.template_file(name), ""),
    ):
        if not file.is_file():
            yield "", f"its {what} is missing: {package.display(file)}{advice}"


def _dynamic_problems(block: type[Block], package: BlockPackage) -> Problems:
    identifier: Any = block.identifier
    event: Any = block.event
    if identifier and not is_identifier(identifier):
        yield (
            "identifier",
            f'"identifier" is {identifier!r}: write small letters, digits and underscores, as Kit does',
        )
    if event is None:
        return
    if not identifier:
        yield "event", '"event" is for dynamic blocks: give the class an "identifier", too'
    if not isinstance(event, EventPlugin):
        expected = 'EventPlugin("abandoned_cart", sample={"items": []})'
        yield "event", f'"event" is {event!r}: make it {expected}'
        return
    for problem in event_problems(event):
        yield "event", f'"event" {problem}'


_RULES = (
    *(_name_problems, _text_problems, _scope_problems),
    *(_format_problems, _search_problems, _file_problems, _dynamic_problems),
)
