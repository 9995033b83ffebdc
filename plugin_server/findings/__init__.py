"""What checks report, and how it is shown: one record for each finding."""
