"""``DATABASE_URL``: every way in which it may not work gets one line."""

from __future__ import annotations

import os
import socket
import struct
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from chengshu.config import database
from chengshu.config.postgres import Cluster
from chengshu.config.problems import Problem
from tests.runtime.conftest import QUICK, make_env, run_python


@pytest.fixture
def server(home: Path) -> Iterator[str]:
    """A server that wants a password, on a loopback address of its own; yields ``host:port``."""
    if sys.platform != "linux":
        pytest.skip("only Linux has a whole network of loopback addresses")
    address = f"127.77.{os.getpid() >> 8 & 255}.{os.getpid() & 255}"
    rules = home / "rules.conf"
    rules.write_text("local all all peer map=chengshu\nhost all all 127.0.0.0/8 scram-sha-256\n")
    (home / "postgres.conf").write_text(f"listen_addresses = '{address}'\nhba_file = '{rules}'\n")
    cluster = Cluster(home, QUICK)
    cluster.start()
    with cluster.connect("postgres", user="postgres") as connection:
        connection.execute("ALTER ROLE chengshu PASSWORD 'right'")
        connection.execute("CREATE DATABASE latin ENCODING LATIN1 LOCALE 'C' TEMPLATE template0")
    yield f"{address}:5432"
    cluster.stop()


def refusal(url: str) -> Problem:
    """The problem that this URL leads to."""
    with pytest.raises(Problem) as problem:
        database.ensure_running(make_env(Path("/nowhere"), DATABASE_URL=url))
    assert "\n" not in str(problem.value)
    return problem.value


def test_a_good_server_is_taken(server: str) -> None:
    env = make_env(Path("/nowhere"), DATABASE_URL=f"postgresql://chengshu:right@{server}/chengshu")
    database.ensure_running(env)
    database.release(env)
    settings = database.django_database(env)
    assert (settings["USER"], settings["PASSWORD"], settings["NAME"]) == ("chengshu", "right", "chengshu")
    assert f"{settings['HOST']}:{settings['PORT']}" == server


def test_wrong_password(server: str) -> None:
    problem = refusal(f"postgresql://chengshu:wrong@{server}/chengshu")
    assert "wrong user name or password" in problem.text
    assert problem.values["user"] == "chengshu"
    assert "wrong@" not in str(problem)


def test_no_such_database(server: str) -> None:
    problem = refusal(f"postgresql://chengshu:right@{server}/elsewhere")
    assert "elsewhere" in str(problem)


def test_database_of_another_encoding(server: str) -> None:
    assert "LATIN1" in str(refusal(f"postgresql://chengshu:right@{server}/latin"))


def test_nobody_listens() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    problem = refusal(f"postgresql://u:p@127.0.0.1:{port}/d")
    assert "cannot be reached" in problem.text
    assert str(port) in str(problem)


def test_no_such_host() -> None:
    assert "cannot be reached" in refusal("postgresql://u:p@nowhere.invalid/d").text


@pytest.mark.parametrize(
    "url", ["mysql://u:p@h/d", "postgresql://h:notaport/d", "/some/path", "postgresql://h?x=y"]
)
def test_not_an_address(url: str) -> None:
    assert "must look like" in refusal(url).text


def test_no_database_named() -> None:
    assert "does not name a database" in refusal("postgresql://u:p@127.0.0.1").text


def test_server_that_is_too_old() -> None:
    """Speaks just enough of PostgreSQL's protocol to be version 14."""
    listener = socket.create_server(("127.0.0.1", 0))

    def message(kind: bytes, body: bytes) -> bytes:
        return kind + struct.pack("!i", len(body) + 4) + body

    def serve() -> None:
        client, _ = listener.accept()
        with client:
            while struct.unpack("!ii", (start := client.recv(4096))[:8])[1] != 196608:
                client.sendall(b"N")  # no TLS, no GSS
                assert start
            facts = {b"server_version": b"14.9", b"server_encoding": b"UTF8", b"client_encoding": b"UTF8"}
            answer = message(b"R", struct.pack("!i", 0))
            answer += b"".join(message(b"S", k + b"\0" + v + b"\0") for k, v in facts.items())
            client.sendall(answer + message(b"Z", b"I"))
            client.recv(4096)

    thread = threading.Thread(target=serve)
    thread.start()
    with listener:
        problem = refusal(f"postgresql://u:p@127.0.0.1:{listener.getsockname()[1]}/d")
    thread.join()
    assert "at least %(needed)s" in problem.text
    assert problem.values["found"] == "14.9"


def test_user_without_rights_in_the_database(server: str, short_tmp: Path) -> None:
    with psycopg.connect(f"postgresql://chengshu:right@{server}/chengshu", autocommit=True) as connection:
        connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    with Cluster(short_tmp / "home").connect("postgres", user="postgres") as connection:
        connection.execute("CREATE ROLE guest LOGIN PASSWORD 'right'")
    result = run_python(
        short_tmp / "other",
        "from chengshu.config.prepare import main; main()",
        DATABASE_URL=f"postgresql://guest:right@{server}/chengshu",
    )
    assert result.returncode == 2, result.stderr
    assert result.stderr.splitlines()[-1].startswith("The user of DATABASE_URL may not create tables")
    assert "Traceback" not in result.stderr


def test_options_of_the_url_reach_the_driver() -> None:
    env = make_env(Path("/nowhere"), DATABASE_URL="postgresql://u@h/d?sslmode=verify-full&connect_timeout=9")
    options = database.django_database(env)["OPTIONS"]
    assert options["sslmode"] == "verify-full"
    assert options["connect_timeout"] == "9"
