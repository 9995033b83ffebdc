"""The commands of ``plugin-server``, a module each: who runs one need not import what others need."""
