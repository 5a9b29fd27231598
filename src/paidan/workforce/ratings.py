"""Ratings: what customers gave, shrunk to the mean of all so that two votes decide nothing (F4)."""

from __future__ import annotations

from django.db import connection

PRIOR_STARS = 4.5
PRIOR_WEIGHT = 5
"""A technician starts as if five customers had given 4.5 stars."""

_ADD = """
    UPDATE workforce_technician
       SET rating_mean = (
               CASE WHEN rating_count = 0 THEN %(prior)s * %(weight)s
                    ELSE rating_mean * (rating_count + %(weight)s) END + %(stars)s
           ) / (rating_count + %(weight)s + 1),
           rating_count = rating_count + 1
     WHERE id = %(technician)s
"""


def rating_add(*, technician_id: int, stars: float) -> None:
    """Count one more review of 1 to 5 stars: (n·x̄ + κ·μ) / (n + κ), in one statement, so that none is lost."""
    with connection.cursor() as cursor:
        cursor.execute(
            _ADD,
            {"prior": PRIOR_STARS, "weight": PRIOR_WEIGHT, "stars": stars, "technician": technician_id},
        )
