"""Roles × routes, from the route table itself."""
