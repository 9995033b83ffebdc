"""The rehearsal: what Kit's documents and its review demand of an app, checked before Kit does."""
