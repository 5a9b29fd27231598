"""Third-party log-in."""
