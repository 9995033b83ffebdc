"""Servers and commands as tests run them: in threads and as processes, under load, on a full disk."""
