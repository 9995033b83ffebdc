"""The cache of Kit's data: in each process, shared by processes, and for how long."""
