"""A package of somebody else: the example of docs/personal-blocks.md."""
