"""A real Chromium, and what a creator and a developer do in it."""
