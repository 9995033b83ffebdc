"""Webhooks of Kit: one signed endpoint for each connection, which reports what has changed in the account."""
