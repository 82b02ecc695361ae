"""Moving a cohort to a newer version of its course, and marking anew what was handed in."""
