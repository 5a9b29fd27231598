"""The demo city's past: made by walking the same tables as the services, written in bulk."""
