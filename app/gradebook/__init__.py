"""The gradebook of a cohort: what each exercise weighs, what is left out, what lateness costs; marks as a workbook."""
