"""Search fields: which options match what a creator typed, in which order, under which labels."""

from plugin_server.blocks.search.candidate import Candidate
from plugin_server.blocks.search.index import MAX_OPTIONS, OptionIndex

__all__ = ["MAX_OPTIONS", "Candidate", "OptionIndex"]
