"""The OAuth provider: it decides who may read a creator's data through our blocks."""
