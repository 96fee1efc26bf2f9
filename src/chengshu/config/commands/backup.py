"""``chengshu backup`` and ``chengshu restore``: database and files in one archive.

The archive is a tar: ``chengshu.json`` (version, time), ``database.dump`` (pg_dump's custom format) and
``files/``. A backup may be made while everything runs: pg_dump sees one moment of the database, and the file
store only ever adds, so every file a row names is there when the files are copied afterwards.
"""

from __future__ import annotations

import fcntl
import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import click

from chengshu import __version__
from chengshu.config.problems import Problem, is_disk_full, say

if TYPE_CHECKING:
    from chengshu.config.env import Env

MANIFEST, DUMP, FILES = "chengshu.json", "database.dump", "files"
MIB = 1024 * 1024
HEAD_LINES = 40  # of a dump, before any data: only settings stand there


@click.command()
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def backup(path: Path, as_json: bool) -> None:
    """Write database and files to the archive PATH, also while everything runs.

    Files kept in S3 (CHENGSHU_FILE_STORE=s3) are not in it.
    """
    from chengshu.config import database
    from chengshu.config.env import load

    env = load()
    if path.exists():
        raise Problem("%(path)s exists already; choose another name.", path=path)
    database.ensure_running(env)
    if not as_json:
        click.echo(say("Writing the backup …"), err=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with tempfile.TemporaryDirectory(dir=path.absolute().parent, prefix=".chengshu-") as folder:
            dump = Path(folder) / DUMP
            _run(env, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={dump}")
            _write_archive(env, scratch, dump)
        scratch.replace(path)
    except OSError as error:
        raise Problem("The backup could not be written: %(reason)s", reason=error.strerror) from error
    finally:
        scratch.unlink(missing_ok=True)
    size = path.stat().st_size
    if as_json:
        click.echo(json.dumps({"path": str(path), "bytes": size}))
    else:
        click.echo(say("The backup is complete: %(path)s (%(size)d MiB).", path=path, size=size // MIB))
    if env.file_store == "s3":
        click.echo(
            say("The files are in S3 and not in the backup; back up that store as well."),
            err=True,
        )


def _write_archive(env: Env, target: Path, dump: Path) -> None:
    manifest = dump.with_name(MANIFEST)
    manifest.write_text(json.dumps({"product": "chengshu", "version": __version__, "made": int(time.time())}))
    target.touch(mode=0o600)  # everything is in it
    with tarfile.open(target, "w") as archive:
        archive.add(manifest, MANIFEST)
        archive.add(dump, DUMP)
        files = env.home_path / FILES
        if env.file_store == "local" and files.is_dir():
            archive.add(files, FILES)


@click.command()
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def restore(path: Path) -> None:
    """Bring back the archive PATH into an empty database (a new CHENGSHU_HOME)."""
    from chengshu.config import database
    from chengshu.config.env import load

    env = load()
    with _nobody_else(env), _opened(path) as archive:
        database.ensure_running(env)
        _refuse_full_database(env)
        click.echo(say("Restoring …"), err=True)
        try:
            with tempfile.TemporaryDirectory(dir=env.home_path, prefix="restore-") as folder:
                _unpack(archive, Path(folder))
                _load(env, Path(folder) / DUMP)
                _place_files(env, Path(folder) / FILES)
        except OSError as error:
            if is_disk_full(error):
                raise Problem(
                    "The disk that holds %(path)s is full. Free some space and start again.",
                    path=env.home_path,
                ) from error
            raise Problem("The backup could not be restored: %(reason)s", reason=error.strerror) from error
    click.echo(say("Everything is restored. Start with: chengshu up"))


@contextmanager
def _nobody_else(env: Env) -> Iterator[None]:
    """Refuse beside a running group."""
    from chengshu.config.commands.up import already_running
    from chengshu.config.database import check_home

    home = Path(os.path.realpath(env.home_path))
    check_home(home)
    with (home / "up.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise already_running(home, lock) from None
        yield


@contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    refusal = Problem("%(path)s is not a backup made by chengshu backup.", path=path)
    try:
        archive = tarfile.open(path, "r:")  # noqa: SIM115  closed below
    except (tarfile.TarError, OSError) as error:
        raise refusal from error
    with archive:
        try:
            manifest = archive.extractfile(MANIFEST)
            made_by = json.loads(manifest.read()) if manifest else {}
            archive.getmember(DUMP)
        except (KeyError, ValueError, tarfile.TarError) as error:
            raise refusal from error
        if made_by.get("product") != "chengshu":
            raise refusal
        yield archive


def _refuse_full_database(env: Env) -> None:
    with _connection(env) as connection:
        query = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        if connection.execute(query).fetchone()[0]:
            raise Problem(
                "The database already holds data; a backup is restored only into an empty one "
                "(set CHENGSHU_HOME to a new directory)."
            )


def _unpack(archive: tarfile.TarFile, folder: Path) -> None:
    """Write the archive's plain files below ``folder``; links, odd names and anything else are left out."""
    for member in archive:
        parts = PurePosixPath(member.name).parts
        if not member.isfile() or not parts or parts[0] not in (DUMP, FILES) or ".." in parts:
            continue
        source = archive.extractfile(member)
        target = folder.joinpath(*parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as copy:
            shutil.copyfileobj(source or io.BytesIO(), copy)
        target.chmod(0o600)


def _load(env: Env, dump: Path) -> None:
    """Load all or nothing. ``transaction_timeout`` is a setting that servers before 17 do not know."""
    from chengshu.config.postgres import programs

    reader = subprocess.Popen(  # noqa: S603
        [programs() / "pg_restore", "--no-owner", "--no-privileges", "--file=-", dump], stdout=subprocess.PIPE
    )
    command = [
        "psql",
        "--quiet",
        "--no-psqlrc",
        "--single-transaction",
        "--set=ON_ERROR_STOP=1",
        "--output=/dev/null",
    ]
    writer = subprocess.Popen(  # noqa: S603
        [programs() / command[0], *command[1:], "--file=-"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_client_environment(env),
    )
    assert reader.stdout and writer.stdin and writer.stderr  # noqa: S101  asked for above
    try:
        for number, line in enumerate(reader.stdout):
            if number > HEAD_LINES or line != b"SET transaction_timeout = 0;\n":
                writer.stdin.write(line)
        writer.stdin.close()
    except BrokenPipeError:
        pass  # it says why below
    message = writer.stderr.read().decode(errors="replace").strip()
    reader.stdout.close()
    writer.stderr.close()
    if writer.wait() or reader.wait():
        raise Problem(
            "The backup could not be restored: %(reason)s", reason=(message.splitlines() or ["?"])[0]
        )


def _place_files(env: Env, source: Path) -> None:
    """Files are named by their content: whatever is there already is the same."""
    for file in source.rglob("*"):
        if file.is_file():
            target = env.home_path / FILES / file.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            file.replace(target)


def _client_environment(env: Env) -> dict[str, str]:
    """What libpq's programs need to reach the database; the password stays off the command line."""
    from chengshu.config.database import django_database

    settings = django_database(env)
    names = {
        "NAME": "PGDATABASE",
        "USER": "PGUSER",
        "PASSWORD": "PGPASSWORD",
        "HOST": "PGHOST",
        "PORT": "PGPORT",
    }
    values = {variable: str(settings[key]) for key, variable in names.items() if settings[key]}
    for option in ("sslmode", "sslrootcert", "sslcert", "sslkey"):
        if option in settings["OPTIONS"]:
            values[f"PG{option.upper()}"] = str(settings["OPTIONS"][option])
    return {**os.environ, "LC_ALL": "C", **values}


def _connection(env: Env) -> Any:
    import psycopg

    if env.database_url:
        return psycopg.connect(env.database_url, autocommit=True)
    from chengshu.config import database, postgres

    return database.cluster(env).connect(postgres.DATABASE)


def _run(env: Env, program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs on our database; its first line of complaint becomes the reason."""
    from chengshu.config.postgres import programs

    result = subprocess.run(  # noqa: S603
        [programs() / program, *arguments], env=_client_environment(env), capture_output=True, text=True
    )
    if result.returncode:
        reason = (result.stderr.strip().splitlines() or ["?"])[0]
        raise Problem("The backup could not be written: %(reason)s", reason=reason)
