"""The endpoints that Kit's editor calls."""
