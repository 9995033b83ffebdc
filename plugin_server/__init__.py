"""The server behind a Kit editor plugin: content blocks, OAuth, and a local Kit to build them with."""
