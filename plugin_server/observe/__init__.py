"""Observability: request records, log lines, metrics, and reports of errors and traces."""
