"""Files: where the project's own are, and how a developer's are read."""
