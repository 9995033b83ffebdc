"""The server's configuration: variables, their value types, secret files, host names."""
