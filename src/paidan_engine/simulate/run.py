"""Run a day event by event under one policy.

What happens: a technician becomes free, answers or begins his shift, a customer calls or leaves, a round comes.
A customer leaves when his patience ends before somebody sets out to him.
"""

from heapq import heapify, heappop, heappush
from math import ceil, hypot

import numpy as np

from paidan_engine.errors import BrokenInvariant
from paidan_engine.simulate.board import Board
from paidan_engine.simulate.day import Day
from paidan_engine.simulate.history import History, Policy, Trip
from paidan_engine.simulate.streams import Ints

Event = tuple[int, int, int, int]
"""Second, kind, customer, technician; −1 where there is none."""

FREE, ANSWER, CALL, LEAVE, BEGIN_SHIFT, ROUND = range(6)
"""In the order in which they happen within one second."""

UNSEEN, OPEN, ASKED, SERVED, GONE = range(5)
"""What a customer may be."""

NEVER = 1 << 40
OVERRUN_SECONDS = 300
"""Somebody who should be done by now is expected to need so much longer."""


def simulate(day: Day, policy: Policy) -> History:
    """Run the day to the end of the last shift.

    Raises:
        BrokenInvariant: the policy asked somebody who is not idle, or for a customer who is not open.
    """
    return _Course(day, policy).run()


class _Course:
    """The state of a day that is running."""

    def __init__(self, day: Day, policy: Policy) -> None:
        people, size = day.technicians, len(day.customers.arrived)
        self.day, self.policy = day, policy
        self.state = np.full(size, UNSEEN, np.int8)
        self.declined = np.zeros((size, len(people.start)), np.bool_)
        self.place = people.home.copy()
        self.idle = np.zeros(len(people.start), np.bool_)
        self.expected_begin = np.zeros(len(people.start), np.int64)  # of the work of one who is on the way
        self.begin = np.full(len(people.start), NEVER, np.int64)
        self.service = np.zeros(len(people.start), np.int64)
        self.answering = np.zeros(len(people.start), np.bool_)
        self.trips: list[Trip] = []
        self.refusals: list[tuple[int, int]] = []
        self.events: list[Event] = self._known_from_the_start()

    def _known_from_the_start(self) -> list[Event]:
        calls = [(int(second), CALL, number, -1) for number, second in enumerate(self.day.customers.arrived)]
        shifts = [(int(second), BEGIN_SHIFT, -1, number) for number, second in enumerate(self.day.technicians.start)]
        every = self.policy.interval_seconds
        first = int(self.day.technicians.start.min())
        rounds = [(second, ROUND, -1, -1) for second in range(first, self.day.close, every)] if every else []
        events = calls + shifts + rounds
        heapify(events)
        return events

    def run(self) -> History:
        """All events, second by second."""
        acts = {
            FREE: self._free,
            ANSWER: self._answer,
            CALL: self._call,
            LEAVE: self._leave,
            BEGIN_SHIFT: self._begin_shift,
        }
        while self.events and self.events[0][0] < self.day.close:
            now, asked = self.events[0][0], self.policy.interval_seconds == 0
            while self.events and self.events[0][0] == now:
                _, kind, customer, technician = heappop(self.events)
                if kind == ROUND:
                    asked = True
                else:
                    acts[kind](now, customer, technician)
            if asked:
                self._decide(now)
        return self._history()

    def _call(self, now: int, customer: int, _technician: int) -> None:
        self.state[customer] = OPEN
        heappush(self.events, (now + int(self.day.patience[customer]), LEAVE, customer, -1))

    def _leave(self, _now: int, customer: int, _technician: int) -> None:
        if self.state[customer] in (OPEN, ASKED):
            self.state[customer] = GONE

    def _begin_shift(self, _now: int, _customer: int, technician: int) -> None:
        self.idle[technician] = True

    def _free(self, now: int, _customer: int, technician: int) -> None:
        self.idle[technician] = now < self.day.technicians.end[technician]
        self.begin[technician] = NEVER
        self.service[technician] = 0

    def _decide(self, now: int) -> None:
        waiting = np.flatnonzero(self.state == OPEN)
        if not len(waiting) or not self.idle.any():
            return
        for customer, technician in self.policy.decide(self._board(now, waiting)):
            if self.state[customer] != OPEN or not self.idle[technician]:
                raise BrokenInvariant(f"The policy {self.policy.name} asked {technician} for {customer}, who cannot.")
            self.state[customer] = ASKED
            self.idle[technician] = False
            self.answering[technician] = True
            heappush(self.events, (now + self.day.scenario.answering.seconds, ANSWER, customer, technician))

    def _board(self, now: int, waiting: Ints) -> Board:
        begin = np.where(self.begin <= now, self.begin, np.maximum(self.expected_begin, now))
        busy = np.maximum(begin + self.service, now + OVERRUN_SECONDS)
        free = np.where(self.idle, now, np.where(self.service > 0, busy, self.day.technicians.start))
        gone = self.answering | (self.day.technicians.end <= now)
        return Board(
            now=now,
            seed=self.day.seed,
            customers=self.day.customers,
            technicians=self.day.technicians,
            roads=self.day.scenario.roads,
            answering=self.day.scenario.answering,
            open=waiting,
            idle=self.idle & ~gone,
            place=self.place,
            free_at=np.where(gone, NEVER, free),
            declined=self.declined,
        )

    def _answer(self, now: int, customer: int, technician: int) -> None:
        self.answering[technician] = False
        home, door = self.place[technician], self.day.customers.place[customer]
        metres = hypot(door[0] - home[0], door[1] - home[1])
        if self.state[customer] == GONE:
            self._free(now, customer, technician)
        elif not self.day.accepts(customer, technician, metres):
            self._refuse(now, customer, technician)
        else:
            self._set_out(now, customer, technician, metres)

    def _refuse(self, now: int, customer: int, technician: int) -> None:
        self.declined[customer, technician] = True
        self.refusals.append((customer, technician))
        self.state[customer] = OPEN
        self._free(now, customer, technician)

    def _set_out(self, now: int, customer: int, technician: int, metres: float) -> None:
        expected = ceil(metres * self.day.scenario.roads.seconds_per_metre)
        begin = now + ceil(expected * self.day.travel_factor(customer, technician))
        end = begin + int(self.day.duration[customer])
        origin = (float(self.place[technician][0]), float(self.place[technician][1]))
        asked = now - self.day.scenario.answering.seconds
        self.trips.append(Trip(customer, technician, asked, now, begin, end, origin, expected))
        self.state[customer] = SERVED
        self.place[technician] = self.day.customers.place[customer]
        self.expected_begin[technician] = now + expected
        self.begin[technician] = begin
        self.service[technician] = self.day.customers.service[customer]
        heappush(self.events, (end, FREE, customer, technician))

    def _history(self) -> History:
        waiting = np.flatnonzero((self.state == OPEN) | (self.state == ASKED) | (self.state == UNSEEN))
        left = np.flatnonzero(self.state == GONE)
        return History(
            self.day,
            self.policy.name,
            tuple(self.trips),
            tuple(left.tolist()),
            tuple(waiting.tolist()),
            tuple(self.refusals),
        )
