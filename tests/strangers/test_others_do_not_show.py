"""Each answer and each write of a person is the same whether or not others are there with the same rows.

So nothing of anybody else can show, be counted, be changed, or be told to exist, by whichever address.
"""

import difflib

import pytest

from tests.strangers import scenes
from tests.strangers.walk import Answer

pytestmark = pytest.mark.django_db


def difference(alone: Answer, beside: Answer) -> str:
    """What is not the same, in a few lines."""
    lines = difflib.unified_diff(alone.told.splitlines(), beside.told.splitlines(), lineterm="", n=0)
    return "\n".join(line[:300] for line in list(lines)[2:8])


def test_nothing_depends_on_others() -> None:
    with scenes.stage():
        walks = scenes.walks()
        before = scenes.move_neighbours_in(walks)
        wrong = []
        for walk in walks:
            for step, alone in walk.answers.items():
                beside = walk.ask(step)
                if beside.told != alone.told:
                    wrong.append(f"{step}\n{difference(alone, beside)}")
                if beside.others not in ("", before[walk.person]):
                    wrong.append(f"{step}\nchanges what is somebody else's")
    assert wrong == []
    assert sum(answer.status >= 500 for walk in walks for answer in walk.answers.values()) == 0
