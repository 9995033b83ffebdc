"""Kit's side of the sandbox: its API and OAuth server, the accounts behind them, and how they misbehave."""
