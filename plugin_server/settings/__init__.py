"""Settings JSON and the values that creators give: loading, publishing, parsing."""
