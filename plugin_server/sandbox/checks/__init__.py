"""The sandbox's checks of a plugin's responses: their shape, and what Kit refuses in HTML."""
