"""Renders a block's values to finished email HTML, and validates the result.

- Values: ``value_types``, ``text``, ``urls``, ``css``, ``locale_formats``, ``time_zones``, ``rich_text``,
  ``sanitizer`` and ``liquid_text`` make safe values of what creators type and Kit sends.
- Templates: ``jinja_environment``, ``email_styles`` and ``style_attributes``.
- Prepared blocks: ``renderer`` splits a context (``context_shape``), runs the template once for each look
  with ``placeholders``, validates the place of each blank (``blank_placement``), and fills in the values of
  each request (``prepared_block``, which says why that is safe; ``prepared_cache``, ``email_cache``).
- Validation: ``gate``, ``gate_css`` and ``source``.
"""
