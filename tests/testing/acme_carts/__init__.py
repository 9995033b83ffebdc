"""Another developer's package: the example of docs/personal-blocks.md."""
