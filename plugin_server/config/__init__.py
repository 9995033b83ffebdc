"""The configuration: variables, their types, secrets in files, host names, and checks before a start."""
