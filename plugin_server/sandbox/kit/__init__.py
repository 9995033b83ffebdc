"""Kit's side of the sandbox: its API and OAuth server, the accounts they serve, and fault injection."""
