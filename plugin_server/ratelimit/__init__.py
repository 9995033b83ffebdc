"""Rate limits: of endpoints, of installations, of guesses, and the windows that they count in."""
