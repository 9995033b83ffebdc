"""Search fields: which options match what a creator typed, in which order, under which labels."""

from plugin_server.blocks.options.candidate import Candidate
from plugin_server.blocks.options.index import MAX_OPTIONS, OptionIndex

__all__ = ["MAX_OPTIONS", "Candidate", "OptionIndex"]
