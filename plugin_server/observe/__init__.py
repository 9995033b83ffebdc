"""What the server tells of itself: log lines, metrics, and reports of errors and traces."""
