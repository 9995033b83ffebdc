"""Finished blocks and emails: an independent judge, hostile input, markup, lint cases."""
