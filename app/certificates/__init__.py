"""Certificates: designed, issued once for good, printed, verified by anybody, revoked."""
