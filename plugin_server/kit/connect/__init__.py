"""Creators' connections to Kit: OAuth client, tokens, sign-in, revocation."""
