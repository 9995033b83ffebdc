"""Kits that tests talk to: records, requests, faults, and accounts with hostile content."""
