"""The lint of Liquid templates: what a dynamic block's HTML may get wrong before Kit renders it."""
