"""Messages of whoever is logged in, on every face."""
