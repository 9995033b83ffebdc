"""What the sandbox takes for a developer's machine, and what for a server for others."""

import os
from pathlib import Path

import pytest

from plugin_server.config.environment import ConfigError
from plugin_server.preview.safety import require_development

ADVICE = "The sandbox is for development only: unset it, or run `plugin-server serve`."
ELSEWHERE = "leads to another machine"


@pytest.fixture(autouse=True)
def _nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("PG", "KIT_", "DATABASE_", "REDIS_")):
            monkeypatch.delenv(name)


def found() -> list[str]:
    """Return what is found in the environment, without the advice."""
    try:
        require_development()
    except ConfigError as error:
        lines = str(error).splitlines()
        assert all(line.endswith(f". {ADVICE}") for line in lines)
        return [line.removesuffix(f". {ADVICE}") for line in lines]
    return []


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://db.example/x",
        "postgres://user:secret@db.example:5432/x",
        "postgresql:///x?host=db.example",
        "postgresql://localhost/x?host=db.example",
        "postgresql:///x?host=127.0.0.1:5432&host=db.example:5432",
        "postgresql:///x?host=127.0.0.1,db.example",
        "postgresql:///x?hostaddr=192.0.2.7",
        "postgresql://localhost/x?hostaddr=192.0.2.7",
        "postgresql:///x?host=db%2Eexample",
        "postgresql:///x?conninfo=host%3Ddb.example",
        "postgresql:///x?conninfo=postgresql://db.example/y",
        "postgresql://[2001:db8::7]/x",
        "postgresql+psycopg://10.0.0.7/x",
    ],
)
@pytest.mark.parametrize("in_file", [False, True])
def test_a_database_elsewhere_is_found_however_it_is_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str, in_file: bool
) -> None:
    if in_file:
        (tmp_path / "url").write_text(f"{url}\n")
        monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "url"))
    else:
        monkeypatch.setenv("DATABASE_URL", url)
    assert found() == [f"DATABASE_URL {ELSEWHERE}"]


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////srv/other.db",
        "postgresql:///x",
        "postgresql://localhost/x",
        "postgresql://user:secret@127.0.0.1:5432/x",
        "postgresql://[::1]/x",
        "postgresql:///x?host=/var/run/postgresql",
        "postgresql:///x?host=/var/run/postgresql&host=localhost",
        "postgresql:///x?host=@abstract",
        "postgresql:///x?hostaddr=127.0.0.1&sslmode=disable",
        "postgresql:///x?application_name=db.example",
    ],
)
def test_a_database_of_this_machine_is_taken(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    assert found() == []


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("PGHOST", "db.example", [f"PGHOST {ELSEWHERE}"]),
        ("PGHOST", "localhost,db.example", [f"PGHOST {ELSEWHERE}"]),
        ("PGHOSTADDR", "192.0.2.7", [f"PGHOSTADDR {ELSEWHERE}"]),
        ("PGSERVICE", "production", ["PGSERVICE leads to a service"]),
        ("PGHOST", "/var/run/postgresql", []),
        ("PGHOST", "127.0.0.1", []),
        ("PGUSER", "db.example", []),
    ],
)
def test_what_the_url_leaves_to_libpqs_variables_is_judged(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, value: str, expected: list[str]
) -> None:
    monkeypatch.setenv(variable, value)
    monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "none"))
    assert found() == []  # SQLite knows nothing of them
    monkeypatch.setenv("DATABASE_URL", "postgresql:///x")
    assert found() == expected


def test_a_variable_that_the_url_overrides_is_no_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", "db.example")
    monkeypatch.setenv("DATABASE_URL", "postgresql://localhost/x")
    assert found() == []


@pytest.mark.parametrize("query", ["service=production", "conninfo=service%3Dproduction"])
def test_a_service_may_be_anywhere(monkeypatch: pytest.MonkeyPatch, query: str) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql:///x?{query}")
    assert found() == ["DATABASE_URL leads to a service"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://cache.example:6379/0", [f"REDIS_URL {ELSEWHERE}"]),
        ("rediss://:secret@cache.example/0", [f"REDIS_URL {ELSEWHERE}"]),
        ("redis:///0?host=cache.example", [f"REDIS_URL {ELSEWHERE}"]),
        ("redis://cache%2Eexample/0", [f"REDIS_URL {ELSEWHERE}"]),
        ("redis://[2001:db8::7]/0", [f"REDIS_URL {ELSEWHERE}"]),
        ("redis://localhost", []),
        ("redis://127.0.0.1:6379/0", []),
        ("rediss://[::1]/0", []),
        ("redis:///0", []),
    ],
)
@pytest.mark.parametrize("in_file", [False, True])
def test_a_redis_is_judged_by_where_its_client_goes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str, expected: list[str], in_file: bool
) -> None:
    if in_file:
        (tmp_path / "url").write_text(url)
        monkeypatch.setenv("REDIS_URL_FILE", str(tmp_path / "url"))
    else:
        monkeypatch.setenv("REDIS_URL", url)
    assert found() == expected


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DATABASE_URL", "mysql://db.example/x"),
        ("REDIS_URL", "unix:///run/redis.sock"),
        ("REDIS_URL", "redis+sentinel://cache.example/0"),
        ("DATABASE_URL_FILE", "/nowhere/url"),
    ],
)
def test_what_the_server_cannot_use_is_no_machine_to_develop_on(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigError, match=f"{variable} cannot be used"):
        require_development()


@pytest.mark.parametrize("in_file", [False, True])
def test_a_real_apps_secrets_and_public_urls_are_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, in_file: bool
) -> None:
    monkeypatch.setenv("BASE_URL", "https://blocks.example.com")
    monkeypatch.setenv("HOST", "0.0.0.0")  # noqa: S104 - that is what is refused
    monkeypatch.setenv("KIT_CLIENT_ID", "real")
    if in_file:
        (tmp_path / "secret").write_text("real")
        monkeypatch.setenv("KIT_CLIENT_SECRET_FILE", str(tmp_path / "secret"))
    else:
        monkeypatch.setenv("KIT_CLIENT_SECRET", "real")
    assert found() == [
        "BASE_URL is a public URL",
        "HOST is not a loopback address",
        "KIT_CLIENT_ID belongs to a real app",
        "KIT_CLIENT_SECRET belongs to a real app",
    ]
