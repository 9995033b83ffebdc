"""What is cached of Kit's responses: in the process, shared by processes, and for how long."""
