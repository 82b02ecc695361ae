"""Documents as PDF. ReportLab and svglib are known to this package alone, and only to the process that renders."""
