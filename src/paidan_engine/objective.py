"""Soft costs of a day plan, in equivalent seconds of travel."""

from paidan_engine.problem import Task

PREFERRED_SECONDS = 900
"""What it is worth that a preferred technician serves a task: a quarter of an hour of travel."""


def preference_cost(task: Task, technician: int) -> int:
    """Negative when the technician is preferred for the task."""
    return -PREFERRED_SECONDS if technician in task.preferred else 0
