import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from paidan_engine.cli import main
from paidan_engine.matching import plane
from paidan_engine.matching.plane import match_plane
from paidan_engine.matching.reading import read_batch
from paidan_engine.matching.sparse import solve as sparse_solve
from paidan_engine.verify import verify_answer


def city(tasks: int, technicians: int, seed: int, waiting: float = 5_000.0) -> dict[str, list[dict[str, object]]]:
    """Invented tasks and technicians in 10 × 10 km, with three skills at two levels."""
    rng = np.random.default_rng(seed)
    return {
        "tasks": [
            {
                "id": f"t{n}",
                "x": round(float(rng.uniform(0, 10_000)), 1),
                "y": round(float(rng.uniform(0, 10_000)), 1),
                "skills": [[f"s{rng.integers(3)}", int(rng.integers(1, 3))]],
                "waiting_price": waiting,
            }
            for n in range(tasks)
        ],
        "technicians": [
            {
                "id": n,
                "x": round(float(rng.uniform(0, 10_000)), 1),
                "y": round(float(rng.uniform(0, 10_000)), 1),
                "skills": {f"s{skill}": int(rng.integers(1, 3)) for skill in rng.permutation(3)[:2]},
                "capacity": int(rng.integers(0, 3)),
            }
            for n in range(technicians)
        ],
    }


def best_cost(batch: dict[str, list[dict[str, object]]]) -> float:
    """The optimum by a dense assignment: a column for each place of a technician and one for each task's waiting."""
    tasks, people = batch["tasks"], [p for p in batch["technicians"] for _ in range(p.get("capacity", 1))]
    never = 1e9
    costs = np.full((len(tasks), len(people) + len(tasks)), never)
    for row, task in enumerate(tasks):
        costs[row, len(people) + row] = task["waiting_price"]
        for column, person in enumerate(people):
            if all(person["skills"].get(skill, 0) >= level for skill, level in task["skills"]):
                costs[row, column] = np.hypot(task["x"] - person["x"], task["y"] - person["y"])
    rows, columns = linear_sum_assignment(costs)
    return float(costs[rows, columns].sum())


def run(file: Path, capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, object]:
    assert main(["match", str(file), *more]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("seed", range(6))
def test_answer_is_the_proven_optimum_over_all_pairs(tmp_path, capsys, seed) -> None:
    batch = city(150, 140, seed)
    file = tmp_path / "batch.json"
    file.write_text(json.dumps(batch))

    answer = run(file, capsys)

    assert list(answer) == ["pairs", "cost", "unserved", "optimal", "cpu_seconds", "peak_mb"]
    assert verify_answer(batch, answer) == ()
    assert answer["optimal"] is True
    assert answer["cost"] == pytest.approx(best_cost(batch), abs=0.2)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("k", [1, 3, 8])
def test_optimum_is_claimed_for_few_candidates_only_when_it_is_one(tmp_path, capsys, seed, k) -> None:
    batch = city(80, 60, seed)
    file = tmp_path / "batch.json"
    file.write_text(json.dumps(batch))

    answer = run(file, capsys, "--k", str(k))

    assert verify_answer(batch, answer) == ()
    assert answer["cost"] > best_cost(batch) - 0.1
    if answer["optimal"]:
        assert answer["cost"] == pytest.approx(best_cost(batch), abs=0.1)


def test_few_candidates_are_admitted_not_to_be_enough(tmp_path, capsys) -> None:
    batch = city(80, 60, 1)
    file = tmp_path / "batch.json"
    file.write_text(json.dumps(batch))

    assert run(file, capsys, "--k", "1")["optimal"] is False
    assert run(file, capsys, "--k", "60")["optimal"] is True


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 25), st.integers(0, 25), st.integers(0, 10_000), st.sampled_from([0.0, 500.0, 5_000.0]))
def test_any_size_is_matched_at_least_cost(tasks, technicians, seed, waiting) -> None:
    batch = city(tasks, technicians, seed, waiting)

    found = match_plane(read_batch(json.dumps(batch)).batch)

    assert found.optimal
    assert found.cost / 1_000 == pytest.approx(best_cost(batch), abs=0.05)


@settings(max_examples=30, deadline=None)
@given(st.integers(30, 90), st.integers(30, 90), st.integers(0, 10_000), st.integers(1, 6))
def test_pairs_left_out_at_first_are_found_by_their_prices(tasks, technicians, seed, few) -> None:
    batch = city(tasks, technicians, seed)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plane, "FIRST_CANDIDATES", few)
        found = match_plane(read_batch(json.dumps(batch)).batch)

    assert found.optimal
    assert found.cost / 1_000 == pytest.approx(best_cost(batch), abs=0.1)


@pytest.mark.parametrize("cell", [1, 7, 40])
def test_nothing_is_lost_at_the_borders_of_small_cells(cell, monkeypatch) -> None:
    batch = city(120, 110, 5)
    monkeypatch.setattr(sparse_solve, "CELL_TASKS", cell)

    found = match_plane(read_batch(json.dumps(batch)).batch)

    assert found.optimal
    assert found.cost / 1_000 == pytest.approx(best_cost(batch), abs=0.1)
    assert len(found.cell_seconds) == 1 + 120 // cell


def test_crowd_of_one_place_is_spread_over_all_who_are_far() -> None:
    crowd = [{"id": n, "x": n % 20, "y": n // 20, "waiting_price": 50_000} for n in range(400)]
    far = [{"id": n, "x": 9_000 + n, "y": 0} for n in range(400)]

    found = match_plane(read_batch(json.dumps({"tasks": crowd, "technicians": far})).batch)

    assert found.optimal
    assert (found.technician >= 0).all()


def test_same_file_gives_the_same_answer_twice() -> None:
    batch = read_batch(json.dumps(city(300, 250, 4))).batch

    first, second = match_plane(batch), match_plane(batch)

    assert first.technician.tolist() == second.technician.tolist()
    assert (first.cost, first.optimal) == (second.cost, second.optimal)


def test_clusters_beyond_the_first_candidates_are_found(tmp_path, capsys) -> None:
    crowd = [{"id": f"t{n}", "x": n % 10, "y": n // 10, "skills": [], "waiting_price": 50_000} for n in range(100)]
    near = [{"id": f"n{n}", "x": n % 10, "y": n // 10} for n in range(50)]
    far = [{"id": f"f{n}", "x": 9_000 + n, "y": 0} for n in range(50)]
    file = tmp_path / "batch.json"
    file.write_text(json.dumps({"tasks": crowd, "technicians": near + far}))

    answer = run(file, capsys)

    assert answer["unserved"] == 0
    assert answer["optimal"] is True


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Line 1, column 1: not JSON, Expecting value."),
        ('{"tasks": [\n oops', "Line 2, column 2: not JSON"),
        ("[]", 'The file must hold an object with "tasks" and "technicians".'),
        ("{}", '"tasks" is missing or not a list.'),
        ('{"tasks": [], "technicians": 3}', '"technicians" is missing or not a list.'),
        ('{"tasks": [3], "technicians": []}', "tasks[0] is not an object."),
        ('{"tasks": [{"id": "a", "x": 1, "y": 2}], "technicians": []}', "tasks[0].waiting_price is missing"),
        (
            '{"tasks": [{"id": "a", "x": 1, "y": 2, "waiting_price": -1}], "technicians": []}',
            "tasks[0].waiting_price is negative.",
        ),
        (
            '{"tasks": [{"id": "a", "x": NaN, "y": 2, "waiting_price": 1}], "technicians": []}',
            "tasks[0].x is not a finite number.",
        ),
        (
            '{"tasks": [{"id": "a", "x": 1e300, "y": 2, "waiting_price": 1}], "technicians": []}',
            "tasks[0] lies further than",
        ),
        (
            '{"tasks": [{"id": "a", "x": 1, "y": 2, "waiting_price": 1e300}], "technicians": []}',
            "The waiting_price of tasks[0] is above 1000000000 metres.",
        ),
        ('{"tasks": [], "technicians": [{"id": true, "x": 1, "y": 2}]}', "technicians[0].id is missing"),
        (
            '{"tasks": [], "technicians": [{"id": 1, "x": true, "y": 2}]}',
            "technicians[0].x is missing or not a number.",
        ),
        (
            '{"tasks": [], "technicians": [{"id": 1, "x": ' + "9" * 400 + ', "y": 2}]}',
            "technicians[0].x is not a finite",
        ),
        (
            '{"tasks": [], "technicians": [{"id": 1, "x": ' + "9" * 5_000 + ', "y": 2}]}',
            "number in the file is too long",
        ),
        (
            '{"tasks": [], "technicians": [{"id": 1, "x": 1, "y": 2}, {"id": 1, "x": 1, "y": 2}]}',
            "technicians[1].id 1 stands twice.",
        ),
        (
            '{"tasks": [], "technicians": [{"id": 1, "x": 1, "y": 2, "capacity": 1.5}]}',
            "technicians[0].capacity must be a whole number",
        ),
        ('{"tasks": [], "technicians": [{"id": 1, "x": 1, "y": 2, "skills": 5}]}', "technicians[0].skills is neither"),
        (
            '{"tasks": [], "technicians": [{"id": 1, "x": 1, "y": 2, "skills": [["a", "b"]]}]}',
            "technicians[0].skills[0] is neither",
        ),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_bad_file_gets_one_sentence_and_exit_code_2(tmp_path, capsys, text, sentence) -> None:
    file = tmp_path / "batch.json"
    file.write_text(text)

    code = main(["match", str(file)])

    shown = capsys.readouterr()
    assert code == 2
    assert shown.out == ""
    assert sentence in shown.err
    assert shown.err.count("\n") == 1


def test_missing_file_and_wrong_encoding_get_a_sentence(tmp_path, capsys) -> None:
    binary = tmp_path / "binary.json"
    binary.write_bytes(b"\xff\xfe{")

    assert main(["match", str(tmp_path / "none.json")]) == 2
    assert "No such file or directory." in capsys.readouterr().err
    assert main(["match", str(binary)]) == 2
    assert "is not UTF-8 text." in capsys.readouterr().err


def test_module_runs_as_a_program_and_imports_nothing_heavy_before_it_must(tmp_path) -> None:
    file = tmp_path / "batch.json"
    file.write_text(json.dumps(city(5, 5, 3)))
    command = [sys.executable, "-m", "paidan_engine", "match", str(file)]
    light = "import sys, paidan_engine.cli, paidan_engine.repair, paidan_engine.matching; print(*sys.modules)"

    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = subprocess.run([sys.executable, "-c", light], capture_output=True, text=True, check=True)

    assert json.loads(done.stdout)["optimal"] is True
    assert not {"scipy", "numba", "django", "paidan"} & set(loaded.stdout.split())


def test_checker_names_false_answers() -> None:
    batch = {
        "tasks": [{"id": "a", "x": 0, "y": 0, "skills": ["s"], "waiting_price": 10}],
        "technicians": [{"id": 1, "x": 3, "y": 4, "skills": ["s"]}, {"id": 2, "x": 0, "y": 0, "skills": []}],
    }
    good = {"pairs": [["a", 1]], "cost": 5.0, "unserved": 0}

    def codes(**changes: object) -> list[str]:
        return [violation.code for violation in verify_answer(batch, good | changes)]

    assert codes() == []
    assert codes(cost=6.0) == ["cost"]
    assert codes(unserved=1) == ["coverage"]
    assert codes(pairs=[["a", 2]], cost=0.0) == ["not_eligible"]
    assert codes(pairs=[["a", 1], ["a", 1]], cost=10.0) == ["coverage", "capacity"]
