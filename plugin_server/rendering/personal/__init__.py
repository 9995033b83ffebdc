"""Dynamic blocks: values of subscribers and of events in a block, as Liquid that only this package writes.

A template never writes Liquid. Its helpers (``helpers.py``) leave marks where something personal goes; when
the template has run, ``structure.py`` checks where the marks stand, ``liquid_code.py`` writes a few fixed
forms of Liquid in their place, and ``personal_block.py`` says why every filling of that is safe.
``judging.py`` renders each look for made-up subscribers and passes each result through the gate.

Source: https://developers.kit.com/plugins/content-blocks/dynamic-blocks/liquid-templates
"""
