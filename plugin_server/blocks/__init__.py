"""Blocks: the public interface for packages of blocks, and the built-in package."""
