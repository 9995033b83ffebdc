"""What a developer works with: the sandbox, the plugin server beside it, and live reload.

Never part of ``serve``.
"""
