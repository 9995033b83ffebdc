"""Rate limits of endpoints, of installations and of wrong secrets, and the windows that they count in."""
