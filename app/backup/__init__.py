"""Backups: taken while people work, verified before they are trusted, restored whole or not at all."""
