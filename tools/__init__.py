"""What builds, checks and tests the project; not part of the product."""
