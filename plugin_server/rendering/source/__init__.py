"""HTML as it is written: its tokens, and whether parsers would have to add, drop or move any."""
