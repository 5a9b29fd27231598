"""Uploads as the browser shows them."""
