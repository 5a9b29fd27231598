"""The ground every other app stands on: it knows no app above it."""
