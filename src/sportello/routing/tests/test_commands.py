"""The routing plan from a terminal: what comes out goes in again, and what is refused changes nothing."""

import argparse
from pathlib import Path

import pytest

from sportello.kit.house import House
from sportello.routing import commands
from sportello.routing.authoring import toml
from sportello.routing.planning import current
from sportello.routing.store import drafts, plans
from sportello.routing.tests.test_authoring import FULL


async def routing(house: House, *words: object) -> int:
    top = argparse.ArgumentParser()
    commands.register(top.add_subparsers(dest="command"))
    return await commands.run(house, top.parse_args(["routing", *map(str, words)]))


def rewritten(file: Path, text: str) -> Path:
    file.write_text(text)
    return file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "plan.toml"
    path.write_text(toml.write(FULL))
    return path


async def test_in_force_at_once_and_out_again(house: House, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert await routing(house, "import", file, "--publish", "--note", "nuove code") == 0
    assert await current(house, house.db) == FULL
    assert "1" in capsys.readouterr().out
    assert await routing(house, "export") == 0
    assert toml.read(capsys.readouterr().out.encode()) == FULL
    out = file.with_name("out.toml")
    assert await routing(house, "export", out) == 0
    assert toml.read(out.read_bytes()) == FULL


async def test_without_publish_it_is_the_draft_and_nobodys_draft_is_lost(house: House, file: Path) -> None:
    assert await routing(house, "import", file) == 0
    kept = await house.db.run(drafts.current)
    assert kept is not None
    assert kept.plan == FULL
    assert await plans.latest_number(house.db) == 0
    rewritten(file, toml.write(FULL).replace("Cardiologia", "Cuore"))
    assert await routing(house, "import", file) == 2
    assert (await house.db.run(drafts.current)) == kept
    assert await routing(house, "import", file, "--replace") == 0
    assert (await house.db.run(drafts.current)) != kept


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("queues = [", "TOML"),
        ("queues = 3", "queues"),
        (toml.write(FULL).replace('fallback = "general"', 'fallback = "nowhere"'), "workstreams.0.fallback"),
    ],
)
async def test_what_is_refused_is_explained(
    house: House, file: Path, capsys: pytest.CaptureFixture[str], content: str, said: str
) -> None:
    assert await routing(house, "import", rewritten(file, content), "--publish") == 2
    assert said in capsys.readouterr().err
    assert await plans.latest_number(house.db) == 0
    assert await house.db.run(drafts.current) is None


async def test_a_file_that_is_not_there(house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert await routing(house, "import", tmp_path / "nothing.toml") == 2
    assert "nothing.toml" in capsys.readouterr().err
    assert await routing(house, "import") == 2
