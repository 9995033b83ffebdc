"""What the sandbox checks of a plugin's responses, as Kit does."""
