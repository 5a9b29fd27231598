"""The product's own frame with bodies of our own: what a grab is compared with. Served to benches and tests only."""
