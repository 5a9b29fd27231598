"""State machines as tables: the one description that services, tests and diagrams share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from paidan.kernel.errors import Refused


class TransitionRefused(Refused):
    """The object is not in a state from which this step may be taken."""

    code = "wrong_state"
    message = _("This step is not possible in the present state.")


@dataclass(frozen=True, slots=True)
class Edge:
    """One allowed step.

    Attributes:
        action: what it is called, e.g. ``depart``.
        sources: states it may leave from.
        target: state it leads to.
        roles: roles that may take it (``system`` for timers and automatic dispatch).
        requires: names of the data the step must carry, e.g. ``reason``.
    """

    action: str
    sources: frozenset[str]
    target: str
    roles: frozenset[str]
    requires: tuple[str, ...] = ()


@dataclass(frozen=True)
class TransitionTable:
    """All steps of one state machine; terminal states have no step out.

    Raises:
        ValueError: an action is declared twice from the same state.
    """

    name: str
    initial: str
    edges: tuple[Edge, ...]
    _by_step: Mapping[tuple[str, str], Edge] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        by_step: dict[tuple[str, str], Edge] = {}
        for edge in self.edges:
            for source in edge.sources:
                if (edge.action, source) in by_step:
                    raise ValueError(f"{self.name}: {edge.action} is declared twice from {source}.")
                by_step[edge.action, source] = edge
        object.__setattr__(self, "_by_step", by_step)

    def edge(self, action: str, source: str) -> Edge:
        """The step an action takes from a state.

        Raises:
            TransitionRefused: there is none.
        """
        edge = self._by_step.get((action, source))
        if edge is None:
            raise TransitionRefused(facts={"action": action, "state": source})
        return edge

    def actions_from(self, source: str, role: str) -> tuple[str, ...]:
        """What a role may do next, in the table's order."""
        return tuple(e.action for e in self.edges if source in e.sources and role in e.roles)

    @property
    def states(self) -> frozenset[str]:
        return frozenset({self.initial, *(s for e in self.edges for s in (*e.sources, e.target))})

    @property
    def terminal(self) -> frozenset[str]:
        return self.states - {source for edge in self.edges for source in edge.sources}

    def __iter__(self) -> Iterator[Edge]:
        return iter(self.edges)
