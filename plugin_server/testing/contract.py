"""The contract of blocks as pytest tests: one for each block, check and example."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import pytest

from plugin_server.lint.accepted import Key
from plugin_server.preview.block_files import equal_orders
from plugin_server.resources.packages import BlockPackage, found_packages
from plugin_server.testing import block_checks, example_checks
from plugin_server.testing.network import refused_network
from plugin_server.testing.subject import ReportedElsewhere, Subject, is_of_template, sentence_of

_OF_BLOCKS = (
    block_checks.structure,
    block_checks.settings,
    block_checks.icon,
    block_checks.scopes,
    block_checks.searches,
)
_OF_EXAMPLES = (
    example_checks.renders,
    example_checks.judge,
    example_checks.lint,
    example_checks.size,
    example_checks.same_bytes,
)


@dataclass(frozen=True)
class Case:
    """One test: its name, and the check that yields problems."""

    name: str
    check: Callable[[], Iterator[str]]

    def __str__(self) -> str:
        """Return its name, which pytest shows."""
        return self.name

    def run(self) -> None:
        """Run the check, with the network refused; fail with all of its problems."""
        with refused_network() as attempts:
            try:
                problems = list(self.check())
            except ReportedElsewhere as other:
                pytest.skip(str(other))
            except Exception as error:
                if not is_of_template(error):
                    raise
                problems = getattr(error, "__notes__", None) or [sentence_of(error)]
        problems += [
            f"the block connects to {host}: read what it needs through data, which has a cache and a deadline"
            for host in dict.fromkeys(attempts)
        ]
        if problems:
            pytest.fail("\n".join(problems), pytrace=False)


def block_tests(
    package: str, *, accepted: Mapping[Key, str] | None = None
) -> Callable[[Case], None]:
    """Return the tests of a package's blocks, to be assigned to a name that pytest collects.

    ``test_blocks = block_tests("acme_blocks")`` tests, for each block: its files, class, settings JSON,
    icons, scopes and searches; for each example, also with straining texts: that it renders and passes the
    gate, an independent judge and the lint, its size, that equal settings give equal bytes; and that drafts
    survive changes of the settings. No check reaches the network.

    Args:
        package: the import package, or the name of the distribution. It has to be installed, for instance
            with ``pip install -e .``; if it is not, the one test says so.
        accepted: warnings of the lint that stay, each with its reason, by code, feature and client:
            ``{("client-unsupported", "css-border-radius", "outlook"): "Square corners are fine."}``.
    """
    found = list(cases(package, accepted or {}))

    @pytest.mark.parametrize("case", found, ids=str)
    def test_blocks(case: Case) -> None:
        case.run()

    return test_blocks


def cases(name: str, accepted: Mapping[Key, str]) -> Iterator[Case]:
    """Yield the tests of a package; arguments are those of ``block_tests``."""
    found = next(
        (
            each
            for each in found_packages()
            if name == each.name or (isinstance(each, BlockPackage) and name == each.module)
        ),
        None,
    )
    if not isinstance(found, BlockPackage):
        problem = (
            str(found)
            if found
            else f"{name} is not an installed package of blocks: install it with `pip install -e .`, and "
            'have its pyproject.toml name it under [project.entry-points."plugin_server.blocks"]'
        )
        yield Case("package", lambda: iter([problem]))
        return
    subjects = [Subject(found, block, accepted) for block in found.block_names()]
    yield Case("package", partial(_package_problems, found, subjects))
    if accepted:
        yield Case("accepted", partial(_unneeded_reasons, subjects, accepted))
    for subject in subjects:
        yield from _cases_of(subject)


def _cases_of(subject: Subject) -> Iterator[Case]:
    for of_block in _OF_BLOCKS:
        yield Case(f"{subject.name}-{of_block.__name__}", partial(of_block, subject))
    for example in subject.example_names:
        for check in _OF_EXAMPLES:
            title = f"{subject.name}-{check.__name__}-{example}"
            yield Case(title, partial(check, subject, example))
    for example in subject.example_files:
        title = f"{subject.name}-drafts-{example}"
        yield Case(title, partial(example_checks.drafts, subject, example))


def _package_problems(package: BlockPackage, subjects: Sequence[Subject]) -> Iterator[str]:
    """Yield what is wrong with a package as a whole."""
    if not subjects:
        yield f"{package} has no block in {package.folder}: make one with `plugin-server new block quote`"
    loaded = []
    for subject in subjects:
        try:
            loaded.append(subject.block)
        except ReportedElsewhere:
            continue  # its own test says why
    yield from (each.message for each in equal_orders(loaded, package))


def _unneeded_reasons(subjects: Sequence[Subject], accepted: Mapping[Key, str]) -> Iterator[str]:
    """Yield accepted warnings that no example has any more."""
    used = {key for subject in subjects for key in subject.used_reasons()}
    for key in accepted.keys() - used:
        yield f"no example has the accepted warning {key}: remove it"
