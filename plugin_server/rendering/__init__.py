"""From typed values to finished email HTML: CSS values, templates, cleaning, and the last check."""
