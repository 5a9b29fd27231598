"""Planning the routes of whole days."""
