"""The creator's connection to Kit: OAuth client, tokens, sign-in, revocation."""
