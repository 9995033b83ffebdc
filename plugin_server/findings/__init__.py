"""Findings: the record that every check returns, and the reporter that shows it."""
