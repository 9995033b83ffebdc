"""The OAuth provider, on Authlib: Kit gets tokens here with which it requests a creator's blocks."""
