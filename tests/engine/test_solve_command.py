"""``paidan engine solve``: what it prints, what it refuses, and how it is interrupted."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from paidan_engine.cli import main
from paidan_engine.routing.command import solve_file
from paidan_engine.routing.stop import Asked
from tests.engine.route_files import EXPLICIT, JSON, SOLOMON, VRPLIB

pytestmark = pytest.mark.timeout(900)  # whoever changed the loops compiles them here

LOOSE = SOLOMON.replace("161       171", "0         171").replace(" 50        60", " 0         60")


def solve(file: Path, text: str, capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, Any]:
    file.write_text(text)
    assert main(["solve", str(file), "--seconds", "0.3", *more]) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def test_a_coordinate_file_is_priced_in_tenths_and_served_whole(tmp_path, capsys) -> None:
    answer = solve(tmp_path / "a.txt", LOOSE, capsys)

    assert list(answer) == ["cost", "feasible", "routes", "cpu_seconds"]
    assert (answer["cost"], answer["feasible"]) == (10.0, True)
    assert sorted(answer["routes"][0]) == [1, 2]


def test_vehicles_are_a_hint_and_a_prize_may_be_left(tmp_path, capsys) -> None:
    answer = solve(tmp_path / "a.vrp", VRPLIB, capsys)

    assert answer["routes"] == [[1]]
    assert answer["cost"] == 2.8 + 6.0


def test_an_explicit_matrix_is_priced_as_given(tmp_path, capsys) -> None:
    answer = solve(tmp_path / "a.vrp", EXPLICIT, capsys)

    assert sorted(answer["routes"]) == [[1], [2]]
    assert answer["cost"] == (1 + 3) + (2 + 5)


def test_own_file_says_who_and_when_and_is_written_too(tmp_path, capsys) -> None:
    content = json.loads(json.dumps(JSON))
    content["visits"] = [{"id": "v", "location": 1, "windows": [[30, 60]], "duration": 30, "skills": {"gas": 3}}]
    del content["technicians"][0]["shifts"][0]["breaks"], content["technicians"][0]["shifts"][0]["overtime"]
    out = tmp_path / "out.json"

    answer = solve(tmp_path / "a.json", json.dumps(content), capsys, "--out", str(out))

    assert answer["routes"] == [[1]]
    assert answer["plan"] == [
        {"technician": "ann", "shift": 0, "stops": [{"id": "v", "seat": 0, "start": 30}], "breaks": []}
    ]
    assert (answer["cost"], answer["parts"]["distance"], answer["unserved"], answer["violations"]) == (300, 300, [], [])
    assert json.loads(out.read_text()) == answer


def test_a_day_that_cannot_be_planned_is_said_to_be_infeasible(tmp_path, capsys) -> None:
    answer = solve(tmp_path / "a.vrp", VRPLIB.replace("CAPACITY : 10", "CAPACITY : 3"), capsys)

    assert (answer["feasible"], answer["routes"]) == (False, [])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The file is empty."),
        (VRPLIB.replace("2 1 1", "2 1 y"), "Line 10: y is 'y', which is no number."),
        ('{"visits": []}', "places is missing."),
    ],
)
def test_a_bad_file_ends_with_one_sentence(tmp_path, capsys, text: str, sentence: str) -> None:
    file = tmp_path / "bad"
    file.write_text(text)

    assert main(["solve", str(file)]) == 2
    streams = capsys.readouterr()
    assert streams.out == ""
    assert streams.err == f"{file}: {sentence}\n"


def test_a_missing_file_ends_with_one_sentence(tmp_path, capsys) -> None:
    assert main(["solve", str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err == f"{tmp_path / 'none'}: No such file or directory.\n"


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "soon"])
def test_a_senseless_budget_is_refused(tmp_path, capsys, seconds: str) -> None:
    with pytest.raises(SystemExit):
        main(["solve", str(tmp_path / "a"), f"--seconds={seconds}"])

    assert "argument --seconds" in capsys.readouterr().err


@pytest.mark.parametrize("seed", ["-1", "4294967296", "x"])
def test_a_seed_out_of_range_is_refused(tmp_path, capsys, seed: str) -> None:
    with pytest.raises(SystemExit):
        main(["solve", str(tmp_path / "a"), f"--seed={seed}"])

    assert "argument --seed" in capsys.readouterr().err


def test_an_answer_that_cannot_be_written_is_printed_all_the_same(tmp_path, capsys) -> None:
    file, out = tmp_path / "a.txt", tmp_path / "none" / "out.json"
    file.write_text(LOOSE)

    assert main(["solve", str(file), "--seconds", "0.3", "--seed", "4294967295", "--out", str(out)]) == 2
    streams = capsys.readouterr()
    assert json.loads(streams.out)["feasible"] is True
    assert streams.err == f"{out}: No such file or directory.\n"


def test_who_has_asked_before_the_search_gets_an_answer_at_once(tmp_path) -> None:
    file = tmp_path / "a.txt"
    file.write_text(LOOSE)
    asked = Asked()
    asked.ask()

    answer = solve_file(file, 600, 0, asked)

    assert answer["feasible"] is True


def test_an_interrupt_prints_the_best_so_far(tmp_path) -> None:
    file = tmp_path / "a.txt"
    file.write_text(LOOSE)
    program = (
        "import os, signal, sys, threading\n"
        "from paidan_engine.cli import main\n"
        "import paidan_engine.routing.solve\n"
        "threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
        f"sys.exit(main(['solve', {str(file)!r}, '--seconds', '500']))\n"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=200)

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["feasible"] is True


def test_crews_breaks_and_locks_are_planned_too(tmp_path, capsys) -> None:
    answer = solve(tmp_path / "a.json", json.dumps(JSON), capsys)

    assert (answer["feasible"], answer["cost"], answer["violations"]) == (True, 600, [])
    assert answer["routes"] == [[1, 2], [2]]
