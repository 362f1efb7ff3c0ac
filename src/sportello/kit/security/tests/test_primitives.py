"""Passwords, tokens, forgery marks, ways back and limits, against what attackers send."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sportello.kit.security import csrf, passwords, tokens
from sportello.kit.security.paths import local_path
from sportello.kit.security.rate_limit import Limits

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
KEY = b"k" * 32


async def test_a_password_fits_its_hash_alone() -> None:
    kept = await passwords.hash_password("caffè lungo e amaro")
    assert kept.startswith("$argon2id$")
    assert await passwords.check_password(kept, "caffe\u0300 lungo e amaro"), "the same letters from another keyboard"
    assert not await passwords.check_password(kept, "caffè lungo e amaro ")
    assert not await passwords.check_password("not a hash", "x")
    assert not await passwords.check_password(kept, "x" * 100_000)
    assert not passwords.is_outdated(kept)


async def test_an_unknown_login_takes_as_long_as_a_known_one() -> None:
    kept = await passwords.hash_password("una frase molto lunga")
    await passwords.check_password(None, "warm")
    spent = []
    for hashed in (kept, None):
        begun = time.perf_counter()
        assert not await passwords.check_password(hashed, "wrong wrong wrong")
        spent.append(time.perf_counter() - begun)
    assert min(spent) > max(spent) / 4


async def test_hashing_does_not_stall_the_loop() -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.005)
            ticks += 1

    ticking = asyncio.create_task(tick())
    await asyncio.gather(*(passwords.hash_password(f"una frase molto lunga {n}") for n in range(4)))
    ticking.cancel()
    assert ticks > 5


def test_a_signed_token_is_what_was_signed() -> None:
    token = tokens.sign(KEY, "visit", {"n": 7}, NOW + timedelta(hours=1))
    assert tokens.read_signed(KEY, "visit", token, NOW) == {"n": 7}
    assert tokens.read_signed(KEY, "survey", token, NOW) is None
    assert tokens.read_signed(b"x" * 32, "visit", token, NOW) is None
    assert tokens.read_signed(KEY, "visit", token, NOW + timedelta(hours=1)) is None


@given(st.text())
def test_no_text_is_a_token(text: str) -> None:
    assert tokens.read_signed(KEY, "visit", text, NOW) is None
    assert not csrf.same_token(text, "") or text == ""
    assert not csrf.same_token(text, csrf.token_for("secret"))


def test_an_empty_forgery_token_never_fits() -> None:
    assert not csrf.same_token("", "")


@pytest.mark.parametrize("path", ["/", "/desk", "/desk/board?x=1#y", "/desk/patient/a%2Fb", "/è"])
def test_ways_back_into_our_pages(path: str) -> None:
    assert local_path(path, "/desk") == path


@pytest.mark.parametrize(
    "path",
    [
        "", "desk", "//evil", "///evil", "/\\evil", "\\\\evil", "http://evil", "javascript:x", "/\n/evil", "/\t/evil",
        " /x", "/\u2028", "https:evil",
    ],
)  # fmt: skip
def test_no_way_out(path: str) -> None:
    assert local_path(path, "/desk") == "/desk"


def test_limits_count_within_their_span() -> None:
    limits = Limits()
    assert [limits.wait("a", 2, 60, NOW) for _ in range(3)] == [0, 0, 60]
    assert limits.wait("b", 2, 60, NOW) == 0
    assert limits.wait("a", 2, 60, NOW + timedelta(seconds=59)) == 1
    assert limits.wait("a", 2, 60, NOW + timedelta(seconds=60)) == 0
    limits.give_back("a")
    assert limits.wait("a", 2, 60, NOW + timedelta(seconds=60)) == 0


def test_limits_stay_small() -> None:
    limits = Limits()
    for n in range(60_000):
        limits.wait(n, 1, 60, NOW)
    assert len(limits._attempts) == 50_000
