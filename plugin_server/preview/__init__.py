"""The preview for developers: the sandbox, the plugin server beside it, and live reload.

``serve`` never uses it.
"""
