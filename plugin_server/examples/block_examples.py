"""Named examples of every block, each rendered with a made-up account.

An example is either one of a block's files of settings with the typical account, or the fullest of
these files with what strains a block: very long text, other alphabets, right-to-left text, hostile
text, and data that Kit does not have.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from plugin_server.blocks.base import Block, context_of, dynamic_block
from plugin_server.examples.example_files import (
    EVERYTHING,
    REQUIRED,
    ExampleSettings,
    InvalidExample,
    read_examples,
)
from plugin_server.examples.sample_accounts import (
    SampleAccount,
    account_with_text,
    bare_account,
    typical_account,
)
from plugin_server.examples.stress_texts import STRESS_TEXTS, Field, replace_texts
from plugin_server.examples.time_limit import run_limited
from plugin_server.findings.wording import listed
from plugin_server.rendering.email_styles import EmailStyles
from plugin_server.rendering.renderer import render_block
from plugin_server.resources.packages import built_in_package, package_of

# What to do about an example that does not find what it has chosen.
CHOOSE_FROM_SAMPLE = (
    "Choose what the made-up account has: of a resource that a package declares, its sample."
)


@dataclass(frozen=True)
class Example:
    """A block with raw settings and an account; ``name`` is unique among the block's examples."""

    name: str
    block: Block
    settings: Mapping[str, object]
    account: SampleAccount

    def render(self, styles: EmailStyles) -> str:
        """Return the finished HTML.

        Raises:
            PluginError: as for the editor's HTML request.
            TookTooLong: the block's code did not end in time.
        """
        return run_limited(partial(self._render, styles))

    def _render(self, styles: EmailStyles) -> str:
        values = self.block.settings.parse(self.settings)
        context = context_of(self.block, values, self.account.restricted_to(self.block.scopes))
        return render_block(
            self.block.name,
            context,
            styles,
            instance=self.name,
            dynamic=dynamic_block(self.block),
        )


def examples(block: Block) -> Iterator[Example]:
    """Yield a block's examples, each of which renders without an error.

    Raises:
        InvalidExample: a file cannot be used.
    """
    for file in _files(_folder(block.name)):
        yield Example(file.name, block, file.settings, typical_account())
    everything = example_settings(block, EVERYTHING)
    fields = [
        Field(each.name, each.type, each.max_length, each.format is not None)
        for each in block.settings.settings
    ]
    for name, text in STRESS_TEXTS.items():
        settings = replace_texts(everything, text, fields)
        yield Example(name, block, settings, account_with_text(text))
    yield Example("missing_data", block, everything, bare_account())


def example_settings(block: Block, name: str) -> Mapping[str, object]:
    """Return the raw settings in a block's file ``<name>.json``.

    Raises:
        InvalidExample: there is no such file, or it cannot be used.
    """
    for file in _files(_folder(block.name)):
        if file.name == name:
            return file.settings
    raise InvalidExample(
        _folder(block.name) / f"{name}.json",
        f"is missing: every block has examples {listed(REQUIRED, 'and')}",
    )


@cache
def _files(folder: Path) -> list[ExampleSettings]:
    return read_examples(folder)


def _folder(block: str) -> Path:
    return (package_of(block) or built_in_package()).examples / block
