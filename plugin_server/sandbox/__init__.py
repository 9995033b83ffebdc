"""The sandbox: a small local Kit to build, show and test plugins with. Never part of production.

It imports nothing of the plugin server but the places of the asset folders: it knows the server
only through the URLs that a developer pastes in its dashboard, as Kit does.
"""
