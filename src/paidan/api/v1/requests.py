"""What an endpoint gets: a request whose actor is known."""

from __future__ import annotations

from django.http import HttpRequest

from paidan.kernel.actors import Actor


class ApiRequest(HttpRequest):
    """A request that passed its route's access rule."""

    actor: Actor
    reference_id: str
