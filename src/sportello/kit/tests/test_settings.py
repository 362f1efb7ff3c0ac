"""A wrong setting stops the start with its key named."""

from pathlib import Path

import pytest

from sportello.kit.settings import SettingsError, load


def test_the_environment_wins_over_the_file_and_the_command_line_over_both(tmp_path: Path) -> None:
    (tmp_path / "sportello.toml").write_text('[server]\nport = 1111\nhost = "127.0.0.2"\n[clinic]\nname = "San Luca"\n')
    settings = load(tmp_path, {"SPORTELLO_SERVER_PORT": "2222", "SPORTELLO_SECURITY_WIDGET_ORIGINS": "https://a, b"})
    assert (settings.server.port, settings.server.host, settings.clinic.name) == (2222, "127.0.0.2", "San Luca")
    assert settings.security.widget_origins == ("https://a", "b")
    assert load(tmp_path, {"SPORTELLO_SERVER_PORT": "2222"}, server_port=3333).server.port == 3333


@pytest.mark.parametrize("written", ['"a, b,"', '["a", "b"]'])
def test_a_list_is_written_with_commas_or_as_one(tmp_path: Path, written: str) -> None:
    (tmp_path / "sportello.toml").write_text(f"[security]\ninner_hosts = {written}\n")
    assert load(tmp_path, {}).security.inner_hosts == ("a", "b")


def test_the_database_address_alone_is_enough(tmp_path: Path) -> None:
    assert load(tmp_path, {"SPORTELLO_DATABASE_URL": "postgresql://u@h/d"}).database.url == "postgresql://u@h/d"


@pytest.mark.parametrize(
    ("text", "environment", "key"),
    [
        ("[server]\nport = 99999\n", {}, "server.port"),
        ("[server]\nprot = 1\n", {}, "prot"),
        ("[sevrer]\nport = 1\n", {}, "sevrer"),
        ("server = 3\n", {}, "server"),
        ("[server\n", {}, "sportello.toml"),
        ("", {"SPORTELLO_SERVER_PORT": "abc"}, "server.port"),
        ("", {"SPORTELLO_PORT": "80"}, "SPORTELLO_PORT"),
        ("", {"SPORTELLO_CLINIC_ZONE": "Europe/Roma"}, "clinic.zone"),
        ("", {"SPORTELLO_CLINIC_LANGUAGES": "it,xx"}, "clinic.languages"),
        ("", {"SPORTELLO_DATABASE_URL": "mysql://x"}, "database.url"),
        ("[security]\nsession_seconds = 0\n", {}, "security.session_seconds"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, environment: dict[str, str], key: str) -> None:
    (tmp_path / "sportello.toml").write_text(text)
    with pytest.raises(SettingsError, match=key.replace(".", r"\.")):
        load(tmp_path, environment)
