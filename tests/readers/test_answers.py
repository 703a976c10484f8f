# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Answers stay on the disk, the first one counts, and what the page sends is checked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aurad_monai.errors import InputError
from aurad_monai.readers.answers import Answer, Answers, checked_answer, checked_code

SENT: dict[str, Any] = {
    "reader": "r1",
    "item": "p1",
    "judged": "real",
    "confidence": 4,
    "finding": "mass",
    "note": "x",
    "seconds": 3.5,
}
WRITER = """
import sys
from pathlib import Path
from aurad_monai.readers.answers import Answer, Answers
answers = Answers(Path(sys.argv[1]))
for number in range(10000):
    answers.add(Answer("r", f"p{sys.argv[2]}-{number}", "real", 1, "none"))
    print(number, flush=True)
"""


def test_answers_come_back_in_order_and_the_first_one_stays(tmp_path: Path) -> None:
    answers = Answers(tmp_path)
    first, second = Answer("a", "p1", "real", 2, at="1"), Answer("a", "p2", "generated", 5, at="2")
    assert answers.add(first) and answers.add(second) and not answers.add(Answer("a", "p1", "generated", 1, at="3"))
    assert answers.add(Answer("b", "p1", "generated", 1, at="4"))
    assert Answers(tmp_path).of("a") == [first, second] and len(answers.of()) == 3


def _killed_after(folder: Path, number: int, run: int) -> int:
    """Kill a writer -9 after so many answers; the number of the last one that it called kept."""
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), str(run)], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    assert writer.stdout is not None
    last = -1
    for line in writer.stdout:
        last = int(line)
        if last >= number:
            writer.send_signal(signal.SIGKILL)
            break
    writer.wait()
    return last


@pytest.mark.parametrize("kills", [3, pytest.param(200, marks=pytest.mark.stress)])
def test_nothing_kept_is_lost_by_kills(tmp_path: Path, kills: int) -> None:
    kept = {f"p{run}-{n}" for run in range(kills) for n in range(_killed_after(tmp_path, run % 7, run) + 1)}
    assert kept <= {answer.item for answer in Answers(tmp_path).of("r")}


def test_a_sent_answer_is_read() -> None:
    answer = checked_answer(SENT, outlines=False)
    assert (answer.judged, answer.confidence, answer.finding, answer.note, answer.seconds) == (
        "real",
        4,
        "mass",
        "x",
        3.5,
    )
    assert checked_answer({"reader": "r", "item": "p", "useful": "no"}, outlines=True).useful == "no"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("reader", "a b"),
        ("reader", ""),
        ("reader", "x" * 33),
        ("reader", None),
        ("reader", "../x"),
        ("judged", ""),
        ("judged", "Real"),
        ("judged", ["real"]),
        ("confidence", 0),
        ("confidence", 6),
        ("confidence", "4"),
        ("confidence", True),
        ("confidence", 2.5),
        ("finding", "edema"),
        ("finding", None),
    ],
)
def test_wrong_values_are_named(name: str, value: Any) -> None:
    with pytest.raises(InputError) as caught:
        checked_answer({**SENT, name: value}, outlines=False)
    assert caught.value.argument == name


def test_codes_are_letters_digits_and_dashes() -> None:
    assert checked_code("Reader-1_b") == "Reader-1_b"
