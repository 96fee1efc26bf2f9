"""``chengshu draw``: check the proof of a draw, or draw from files. Needs no database."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import orjson

from chengshu.config.cli import setup_django
from chengshu.config.problems import Problem, say

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
LARGEST = 2 << 30


@click.group()
def draw() -> None:
    """Draws by lot that anyone can recompute."""


@draw.command()
@click.argument("proof", type=FILE)
@click.option("--commitment", metavar="HEX", help="The hash published before the draw.")
@click.option("--opening", metavar="HEX", help="The hash published at the draw.")
@click.option("--proof", "whole", metavar="HEX", help="The hash published when the proof opened.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def verify(
    proof: Path, commitment: str | None, opening: str | None, whole: str | None, as_json: bool
) -> None:
    """Recompute the draw of a PROOF (JSON) and say what was checked.

    Exit status 1 if anything does not hold, 2 if the file is not JSON.
    """
    _ready()
    from chengshu.kernel import draw as drawing

    published = {"commitment": commitment, "opening": opening, "proof": whole}
    given = {name: value for name, value in published.items() if value}
    report = drawing.verify(_read(proof), given)
    if as_json:
        click.echo(orjson.dumps(report.as_dict()).decode())
        sys.exit(0 if report.ok else 1)
    for check in report.checks:
        click.echo(f"✓ {check.text}" if check.passed else f"✗ {check.text} {check.reason}")
    for remark in report.remarks:
        click.echo(f"· {remark}")
    for name, value in report.hashes.items():
        click.echo(f"{name:<10} {value}")
    click.echo(say("The draw holds.") if report.ok else say("The draw does not hold."))
    sys.exit(0 if report.ok else 1)


@draw.command()
@click.argument("spec", type=FILE)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the proof to this file.")
def run(spec: Path, out: Path | None) -> None:
    """Commit and draw in one go from SPEC, a JSON file; prints the proof. For trying out, not for the office.

    \b
    {"task": "1", "title": "…",
     "candidates": [{"identity": "shop 1", "stratum": "s1"}, …],
     "officers": [{"identity": "C001", "squad": "q1"}, …],
     "rules": {"strata": [{"code": "s1", "label": "…", "quota": 3}],
               "team": [{"group": "g0", "label": "…", "officers": 2, "same_squad": true}],
               "area_cap": 0, "text": []}}

    Candidates may also have "eligible" and "area"; officers "group", "eligible", "not_areas" and
    "not_objects" (identities). Optional: "public_values" with "values" and "committed_at", "drawn_at", else
    one word is mixed in; "secret" and "list_salt" (64 hexadecimal digits), else new ones are taken.
    """
    _ready()
    from chengshu.kernel import draw as drawing

    given = _read(spec)
    try:
        proof = _drawn(drawing, given)
    except drawing.DrawProblem as error:
        raise Problem("%(file)s: %(reason)s", file=spec.name, reason=error) from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        reason = f"{type(error).__name__} {error}"
        raise Problem(
            "%(file)s is not the description of a draw: %(reason)s", file=spec.name, reason=reason
        ) from error
    content = drawing.canonical(proof)
    if out is None:
        click.echo(content.decode())
        return
    try:
        out.write_bytes(content)
    except OSError as error:
        raise Problem("%(file)s cannot be written: %(reason)s", file=out, reason=error) from error
    click.echo(
        say(
            "%(n)d drawn; hash of the proof: %(hash)s",
            n=len(proof["result"]),
            hash=drawing.proof_sha256(proof),
        )
    )


def _drawn(drawing: Any, given: dict[str, Any]) -> dict[str, Any]:
    """The proof of what a SPEC describes."""
    now = datetime.now(UTC).replace(microsecond=0)
    due = f"{now:%Y-%m-%dT%H:%M:%S}.500000Z"
    salt = bytes.fromhex(given["list_salt"]) if "list_salt" in given else drawing.new_secret()
    secret = bytes.fromhex(given["secret"]) if "secret" in given else drawing.new_secret()

    def key(identity: str) -> str:
        return str(drawing.key_for(drawing.salt_for(salt, identity), identity))

    candidates = sorted(
        [key(one["identity"]), one["stratum"], int(one.get("eligible", 1)), one.get("area", "")]
        for one in given["candidates"]
    )
    officers = sorted(
        [
            key(one["identity"]),
            one.get("group", "g0"),
            one["squad"],
            int(one.get("eligible", 1)),
            list(one.get("not_areas", [])),
            sorted(key(other) for other in one.get("not_objects", [])),
        ]
        for one in given["officers"]
    )
    word = {"kind": "words", "place": "chengshu draw run", "observers": 1, "due_at": due}
    commitment = drawing.commit(
        task=given["task"],
        title=given.get("title", ""),
        committed_at=given.get("committed_at", now),
        candidates=candidates,
        officers=officers,
        rules=given["rules"],
        secret=secret,
        public_values=given.get("public_values", [word]),
    )
    values = given.get("values", [{"value": ["test"]}])
    drawn_at = given.get("drawn_at", f"{now:%Y-%m-%dT%H:%M:%S}.900000Z")
    proof: dict[str, Any] = drawing.draw(
        commitment, candidates, officers, secret, values, drawn_at, lists_checked=True
    )
    return proof


def _ready() -> None:
    """Sentences in the operator's language; no database."""
    setup_django(database=False)
    from django.utils import translation

    english = os.environ.get("CHENGSHU_LANGUAGE", "").lower().startswith("en")
    translation.activate("en" if english else "zh-hans")


def _read(file: Path) -> Any:
    """The JSON in a file; a `Problem` where there is none."""
    from chengshu.kernel import draw as drawing

    try:
        if file.stat().st_size > LARGEST:
            raise Problem("%(file)s is too large.", file=file.name)
        return drawing.read_proof(file.read_bytes())
    except OSError as error:
        raise Problem("%(where)s cannot be read: %(reason)s", where=file, reason=error) from error
    except drawing.DrawProblem as error:
        raise Problem("%(file)s: %(reason)s", file=file.name, reason=error) from error
