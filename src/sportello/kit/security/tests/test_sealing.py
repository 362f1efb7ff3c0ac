"""Secrets that are kept: unreadable without the key, sealed anew under another, and a clear word when a key is gone."""

from pathlib import Path

import pytest

from sportello.kit.security import sealing
from sportello.kit.security.sealing import KeyMissing, Sealing
from sportello.kit.settings import Security, Settings, SettingsError


def of(data: Path, *keys: str) -> Sealing:
    return Sealing(Settings(data=data, security=Security(secrets_keys=keys)))


def test_what_is_sealed_says_nothing_and_opens_again(tmp_path: Path) -> None:
    seal = of(tmp_path)
    kept = seal.seal("bot", "perché no? 🙂")
    assert "perch" not in kept
    assert kept != seal.seal("bot", "perché no? 🙂"), "the same secret twice cannot be told to be the same"
    assert of(tmp_path).opened("bot", kept) == "perché no? 🙂"
    assert seal.seal("bot", "") == "", "no secret stays no secret"
    file = tmp_path / "secrets.key"
    assert file.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["secrets.key"]


def test_a_seal_is_of_one_place_and_of_one_key(tmp_path: Path) -> None:
    kept = of(tmp_path).seal("bot", "s")
    with pytest.raises(KeyMissing, match="another place"):
        of(tmp_path).opened("mail", kept)
    with pytest.raises(KeyMissing, match=r"secrets\.key.*security\.secrets_keys"):
        of(tmp_path, sealing.new_key()).opened("bot", kept)
    for broken in (kept[:-4] + "AAAA", kept[:40], "sealed:", "sealed:a.b.c.d.e"):
        with pytest.raises(KeyMissing):
            of(tmp_path).opened("bot", broken)


def test_keys_change_without_a_restart(tmp_path: Path) -> None:
    running, kept = of(tmp_path), of(tmp_path).seal("bot", "s")
    assert running.opened("bot", kept) == "s"
    sealing.put_first(tmp_path, sealing.new_key())
    after = of(tmp_path).renewed("bot", kept)
    assert after != kept
    assert of(tmp_path).renewed("bot", after) == after
    assert running.opened("bot", after) == "s", "who runs already reads the file again"
    assert running.opened("bot", kept) == "s", "and still opens what an older copy of the database holds"
    assert len((tmp_path / "secrets.key").read_text().split()) == 2


def test_what_was_open_is_sealed(tmp_path: Path) -> None:
    seal = of(tmp_path)
    assert seal.opened("bot", "as it was before") == "as it was before"
    assert seal.opened("bot", seal.renewed("bot", "as it was before")) == "as it was before"
    assert seal.renewed("bot", "as it was before").startswith("sealed:")


def test_a_key_file_that_cannot_be_used_stops_the_start(tmp_path: Path) -> None:
    of(tmp_path).keys()
    file = tmp_path / "secrets.key"
    file.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        of(tmp_path).keys()
    file.chmod(0o600)
    for text in ("", "c2hvcnQ=\n", "not base64 at all\n"):
        file.write_text(text)
        with pytest.raises(SettingsError, match=r"secrets\.key.*backup"):
            of(tmp_path).keys()
    with pytest.raises(SettingsError, match="sportello secrets key"):
        of(tmp_path, "short").keys()
