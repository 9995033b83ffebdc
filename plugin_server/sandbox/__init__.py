"""The sandbox: a small local Kit to build, show and test plugins with. Never part of production.

It knows the plugin server only through the URLs that a developer pastes in its dashboard, as Kit does.
The README lists the few modules that both import; none of them is the server's own gate.
"""
