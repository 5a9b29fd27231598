"""Log-in providers, each in its own protocol."""
