"""Proof that answers survive: kills, cuts, full disks, restarts. Short in `make test`, in full with `make soak`."""
