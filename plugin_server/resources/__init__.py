"""Files: the paths of the project's own, and reading text files."""
