"""HTML source: its tokens, and where parsers would have to add, drop or move any."""
