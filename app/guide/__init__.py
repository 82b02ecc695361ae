"""The guides: how trainees, trainers, HR and admins use the product, one «?» away from every page."""
