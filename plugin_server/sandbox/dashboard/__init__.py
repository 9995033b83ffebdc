"""The developer's dashboard of the sandbox: its forms and their validation."""
