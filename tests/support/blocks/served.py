"""The blocks of all installed packages, which are the built-in ones."""

from plugin_server.blocks.loading import load_blocks

_LOADED = load_blocks()
BLOCKS = _LOADED.blocks
find = _LOADED.find
