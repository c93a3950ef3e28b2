"""The settings, from environment variables."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest
from pydantic import ValidationError

from service.settings import Settings


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the INKCODE_* variables of the machine."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"INKCODE_{name.upper()}", raising=False)


def test_the_defaults_serve_the_models_of_the_checkout_on_localhost() -> None:
    settings = Settings()
    assert settings.models == Path(__file__).parents[2] / "models"
    assert (settings.host, settings.port, settings.device, settings.max_images) == ("127.0.0.1", 8000, "auto", 1024)


def test_every_setting_is_a_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = {
        "HOST": "::1",
        "PORT": "0",
        "GRPC_PORT": "8001",
        "MODELS": str(tmp_path),
        "DEFAULT_MODEL": "mine",
        "DEVICE": "cpu",
        "WORKERS": "3",
        "THREADS": "2",
        "WATCH": "0.0",
        "DEADLINE": "1.5",
        "DRAIN": "9",
        "KEYS_FILE": str(tmp_path / "keys"),
        "ACCESS_LOG": "False",
        "ORIGINS": "https://a.example, https://b.example:8443",
        "ROOT_PATH": "/ink",
        "TRUSTED_PROXIES": "10.0.0.1, fd00::/8",
        "CONNECTIONS": "100",
        "MAX_HEAD": "4096",
        "HEAD_TIMEOUT": "2.5",
        "BODY_TIMEOUT": "3.5",
        "SEND_TIMEOUT": "4.5",
        "UNREADY_AFTER": "5.5",
        "DEAD_AFTER": "6.5",
        "BATCH_ROWS": "8",
        "MAX_IMAGES": "10",
        "MAX_PIXELS": "1000",
        "MAX_BODY": "2000",
        "MAX_BODIES": "3000",
        "QUEUE_PIXELS": "4000",
        "QUEUE_TASKS": "30",
        "QUEUE_ROWS": "20",
        "QUEUE_PICTURES": "7",
        "SHARD_SAMPLES": "50",
        "SHARDS": "4",
        "QUEUE_SHARDS": "0",
        "SHARD_CACHE": "0",
        "CORPORA": str(tmp_path / "corpora"),
        "CORPORA_SIZE": "5000",
    }
    for name, value in given.items():
        monkeypatch.setenv(f"INKCODE_{name}", value)
    (tmp_path / "keys").write_text("")
    settings = Settings()
    assert settings.origins == ("https://a.example", "https://b.example:8443")
    assert settings.trusted_proxies == (ip_network("10.0.0.1"), ip_network("fd00::/8"))
    lists = {"ORIGINS": str(settings.origins), "TRUSTED_PROXIES": str(settings.trusted_proxies)}
    assert {name.upper(): str(value) for name, value in settings} == given | lists


def test_every_setting_has_a_description() -> None:
    assert all(field.description for field in Settings.model_fields.values())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "http"),
        ("port", "65536"),
        ("device", "tpu"),
        ("max_images", "0"),
        ("queue_rows", "0"),
        ("threads", "-1"),
        ("max_body", "12"),
        ("deadline", "0"),
        ("deadline", "nan"),
        ("drain", "1"),
        ("keys_file", "/nothing/here"),
        ("root_path", "ink"),
        ("root_path", "/ink me"),
        ("root_path", "//example.org"),
        ("root_path", "/models"),
        ("root_path", "/v2/x"),
    ],
)
def test_a_bad_value_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"INKCODE_{name.upper()}", value)
    with pytest.raises(ValidationError) as error:
        Settings()
    assert [part["loc"] for part in error.value.errors()] == [(name,)]


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INKCODE_PORT", "")
    assert Settings().port == 8000


def test_a_bad_network_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INKCODE_TRUSTED_PROXIES", "10.0.0.1, proxy.example")
    with pytest.raises(ValidationError, match="trusted_proxies"):
        Settings()


@pytest.mark.parametrize(("given", "prefix"), [("/", ""), ("/ink/", "/ink"), ("/a/b.c", "/a/b.c")])
def test_a_prefix_ends_without_a_slash(monkeypatch: pytest.MonkeyPatch, given: str, prefix: str) -> None:
    monkeypatch.setenv("INKCODE_ROOT_PATH", given)
    assert Settings().root_path == prefix


def test_settings_are_immutable() -> None:
    with pytest.raises(ValidationError):
        setattr(Settings(), "port", 1)  # noqa: B010 - mypy knows already
