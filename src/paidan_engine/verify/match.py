"""Checks a match pair by pair, and its proof by linear programming duality."""

from collections import Counter
from collections.abc import Mapping
from math import hypot
from typing import Any

from paidan_engine.matching.problem import MatchPrices, MatchProblem, MatchResult
from paidan_engine.verify.violation import Violation

MILLIMETRE = 0.001


def verify_match(problem: MatchProblem, result: MatchResult) -> tuple[Violation, ...]:
    """Everything wrong with a result: coverage, eligibility, capacity, cost, and the proof if it claims the optimum."""
    able = {(c.task, c.technician): c.cost for c in problem.candidates if all(v.passed for v in c.verdicts)}
    wrong = _coverage([task.key for task in problem.tasks], [key for key, _ in result.pairs], result.unserved)
    wrong += [
        Violation("not_eligible", key, f"Technician {technician} is no eligible candidate.")
        for key, technician in result.pairs
        if (key, technician) not in able
    ]
    taken = Counter(technician for _, technician in result.pairs)
    cost = sum(able.get(pair, 0) for pair in result.pairs)
    cost += sum(task.waiting_price for task in problem.tasks if task.key in result.unserved)
    for person in problem.technicians:
        number = taken[person.id]
        if number > len(person.load_prices):
            wrong.append(Violation("capacity", str(person.id), f"{number} of {len(person.load_prices)} tasks."))
        cost += sum(person.load_prices[:number])
    if cost != result.cost:
        wrong.append(Violation("cost", "batch", f"The cost is {cost}, not {result.cost}."))
    if result.optimal:
        wrong += _proof(problem, able, result.prices, cost)
    return tuple(wrong)


def _coverage(tasks: list[str], served: list[str], unserved: tuple[str, ...]) -> list[Violation]:
    seen = Counter([*served, *unserved])
    wrong = [Violation("coverage", key, f"Answered {seen[key]} times.") for key in tasks if seen[key] != 1]
    return wrong + [Violation("coverage", key, "Nobody asked for it.") for key in sorted(seen.keys() - set(tasks))]


def _proof(
    problem: MatchProblem, able: Mapping[tuple[str, int], int], prices: MatchPrices | None, cost: int
) -> list[Violation]:
    """No feasible prices are worth more than any solution costs: equal worth proves the optimum."""
    if prices is None:
        return [Violation("proof", "batch", "An optimum is claimed without prices.")]
    wrong = [
        Violation("proof", task.key, "Priced above its waiting.")
        for task in problem.tasks
        if prices.tasks[task.key] > task.waiting_price
    ]
    room = {person.id: person.load_prices for person in problem.technicians}
    wrong += [
        Violation("proof", key, f"Technician {technician} would be cheaper than the prices say.")
        for (key, technician), pair in able.items()
        if room[technician] and prices.tasks[key] - prices.technicians[technician] > pair
    ]
    worth = sum(prices.tasks.values())
    for technician, loads in room.items():
        worth -= sum(max(0, prices.technicians[technician] - load) for load in loads)
    if worth != cost:
        wrong.append(Violation("proof", "batch", f"The prices are worth {worth}, the answer costs {cost}."))
    return wrong


def verify_answer(batch: Mapping[str, Any], answer: Mapping[str, Any]) -> tuple[Violation, ...]:
    """Everything wrong with an answer of ``paidan engine match`` to a batch file (its claim of optimality apart)."""
    tasks = {row["id"]: row for row in batch["tasks"]}
    people = {row["id"]: row for row in batch["technicians"]}
    served = Counter(task for task, _ in answer["pairs"])
    wrong = [Violation("coverage", str(key), f"Served {n} times.") for key, n in served.items() if n > 1]
    cost = sum(row["waiting_price"] for key, row in tasks.items() if key not in served)
    for key, person in answer["pairs"]:
        task, technician = tasks[key], people[person]
        held = _levels(technician)
        if any(held.get(skill, level - 1) < level for skill, level in _levels(task).items()):
            wrong.append(Violation("not_eligible", str(key), f"Technician {person} lacks a skill."))
        cost += hypot(task["x"] - technician["x"], task["y"] - technician["y"])
    for person, number in Counter(person for _, person in answer["pairs"]).items():
        if number > people[person].get("capacity", 1):
            wrong.append(Violation("capacity", str(person), f"{number} tasks."))
    if answer["unserved"] != len(tasks) - len(served):
        wrong.append(Violation("coverage", "batch", f"{len(tasks) - len(served)} tasks are unserved."))
    if abs(cost - answer["cost"]) > MILLIMETRE * (1 + len(tasks)):
        wrong.append(Violation("cost", "batch", f"The cost is {cost}, not {answer['cost']}."))
    return tuple(wrong)


def _levels(row: Mapping[str, Any]) -> dict[str, int]:
    skills = row.get("skills") or []
    if isinstance(skills, Mapping):
        return {str(skill): level for skill, level in skills.items()}
    levels: dict[str, int] = {}
    for entry in skills:
        skill, level = entry if isinstance(entry, list) else (entry, 1)
        levels[str(skill)] = max(level, levels.get(str(skill), level))
    return levels
