"""Certificates as PDF: two designs, written object by object, since a thousand have to be there within a second."""
