"""The email editor: its pages, the settings forms, and the panels about each block."""
