"""What ``plugin-server new`` writes: a package of blocks, or one more block; ``files/`` has the texts."""
