"""The commands of ``plugin-server``, one module each, so that a command imports only what it needs."""
