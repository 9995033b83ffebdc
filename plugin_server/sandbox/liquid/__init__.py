"""Liquid of dynamic blocks: rendered in a process of its own, for sample subscribers of an account."""
