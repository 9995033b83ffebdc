"""A block under test: its files, and what several checks need of it, made once."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from plugin_server.blocks.base import Block
from plugin_server.blocks.loading import load_block
from plugin_server.errors import PluginError
from plugin_server.examples.block_examples import Example, examples
from plugin_server.examples.example_lint import lint_example
from plugin_server.examples.stress_texts import STRESS_TEXTS
from plugin_server.findings.finding import Finding
from plugin_server.lint.accepted import Key, reason
from plugin_server.preview.source_errors import source_errors_of
from plugin_server.rendering.email_styles import EmailStyles
from plugin_server.resources.packages import BlockPackage

MISSING_DATA = "missing_data"


class ReportedElsewhere(Exception):
    """A check cannot be made, for a reason that another one reports; the text names that one."""


def sentence_of(error: BaseException) -> str:
    """Return what went wrong in a block, with the file and line of its author."""
    if isinstance(error, PluginError):
        # Of a refusal, only the text says more than the creator's sentence.
        return "\n".join(dict.fromkeys((*error.messages, str(error))))
    return "\n".join(map(str, source_errors_of(error)))


def is_of_template(error: BaseException) -> bool:
    """Return whether a template's line says it all: the traceback has Jinja's own frames only."""
    return all(each.file.endswith(".html") for each in source_errors_of(error))


@dataclass(frozen=True)
class Subject:
    """One block of a package.

    ``accepted`` are the package's own reasons for warnings of the lint, by code, feature and client.
    """

    package: BlockPackage
    name: str
    accepted: Mapping[Key, str]

    @cached_property
    def example_files(self) -> list[str]:
        """The names of its files of example settings, whether they can be read or not."""
        return sorted(file.stem for file in (self.package.examples / self.name).glob("*.json"))

    @property
    def example_names(self) -> list[str]:
        """The names of all of its examples: files, straining texts, and an account without data."""
        return [*self.example_files, *STRESS_TEXTS, MISSING_DATA]

    def load(self) -> Block:
        """Return the block; raise whatever its files cause."""
        return load_block(self.name)

    def load_examples(self) -> Mapping[str, Example]:
        """Return its examples by name; raise ``InvalidExample`` where a file cannot be used."""
        return {example.name: example for example in examples(self.block)}

    @cached_property
    def block(self) -> Block:
        """The block itself, or ``ReportedElsewhere``."""
        try:
            return self.load()
        except Exception as error:
            raise ReportedElsewhere(f"it cannot be loaded: see {self.name}-structure") from error

    @cached_property
    def examples(self) -> Mapping[str, Example]:
        """Its examples by name, or ``ReportedElsewhere``."""
        try:
            return self.load_examples()
        except ReportedElsewhere:
            raise
        except Exception as error:
            raise ReportedElsewhere(f"an example is missing: see {self.name}-structure") from error

    def html(self, example: str) -> str:
        """Return an example's HTML, or ``ReportedElsewhere``."""
        if example not in self._rendered:
            try:
                self._rendered[example] = self.examples[example].render(EmailStyles())
            except ReportedElsewhere:
                raise
            except Exception as error:
                why = f"it does not render: see {self.name}-renders-{example}"
                raise ReportedElsewhere(why) from error
        return self._rendered[example]

    @cached_property
    def _rendered(self) -> dict[str, str]:
        return {}

    def linted(self, example: str) -> list[tuple[Finding, str | None]]:
        """Return what the lint finds in an example, each with the reason for which it is accepted."""
        found = lint_example(self.examples[example], self.html(example))
        return [(each, reason(each) or self.accepted.get(_key(each))) for each in found]

    def used_reasons(self) -> set[Key]:
        """Return the accepted warnings that some example has."""
        return {_key(each) for name in self.example_names for each, _ in self.linted(name)}


def _key(finding: Finding) -> Key:
    return finding.code, finding.feature, finding.client
