"""What the server costs: measured by ``make bench``, beside what it may cost."""
