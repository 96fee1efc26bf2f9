"""The public values that are mixed into a draw: named before it, known only afterwards."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from . import shapes
from .beacons import ROUND_OF_TIME
from .problems import DrawProblem

DRAND = re.compile(r"drand:[0-9a-f]{64}").fullmatch
NIST = "nist:2"
LOTTERY = re.compile(r"[!-~]+( [!-~]+)*").fullmatch
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]").search
SPACES = (" ", "　")
DIGITS = {NIST: 128}  # hexadecimal digits of a value; every chain of drand has 64
LARGEST_FILE = 1 << 20

_name = shapes.text(1, 200)
DESCRIPTORS: dict[str, dict[str, shapes.Shape]] = {
    "lottery": {"game": _name, "issue": _name},
    "beacon": {
        "beacon": shapes.matching(
            lambda name: name == NIST or DRAND(name), _("nist:2 or drand: with the hash of a chain")
        ),
        "round": _name,
    },
    "words": {"place": _name, "observers": shapes.whole(1, 1000)},
}


def _shape(kind: str, **more: shapes.Shape) -> shapes.Shape:
    return shapes.members(kind=shapes.exactly(kind), due_at=shapes.moment, **DESCRIPTORS[kind], **more)


def check_descriptor(value: Any, where: str) -> None:
    """Raise `DrawProblem` unless ``value`` names a public value."""
    _shape(_kind(value, where))(value, where)


def check_value(value: Any, where: str) -> None:
    """Raise `DrawProblem` unless ``value`` is a named public value in its normal form."""
    kind = _kind(value, where)
    if kind == "lottery":
        what = _("the numbers as published, divided by single spaces")
        _shape(kind, value=shapes.matching(LOTTERY, what))(value, where)
    elif kind == "words":
        _shape(kind, value=shapes.array(_word))(value, where)
        if len(value["value"]) != value["observers"]:
            raise DrawProblem(_("%(where)s: every observer gives one word."), where=where)
    else:
        hexadecimal = shapes.matching(shapes.ANY_HEX, _("lower-case hexadecimal digits"))
        _shape(kind, value=hexadecimal, signature=hexadecimal)(value, where)
        _check_beacon(value, where)


def _kind(value: Any, where: str) -> str:
    kind = value.get("kind") if isinstance(value, Mapping) else None
    if type(kind) is not str or kind not in DESCRIPTORS:
        raise shapes.refuse(f"{where}.kind", ", ".join(DESCRIPTORS))
    return kind


def _word(value: Any, where: str) -> None:
    shapes.text(1, 200)(value, where)
    usual = unicodedata.normalize("NFC", value) == value and not CONTROL(value)
    if not usual or value.startswith(SPACES) or value.endswith(SPACES):
        raise shapes.refuse(where, _("a word in normal form (NFC) without spaces around it"))


def _check_beacon(value: Mapping[str, Any], where: str) -> None:
    digits = DIGITS.get(value["beacon"], 64)
    if len(value["value"]) != digits:
        raise shapes.refuse(f"{where}.value", _("%(n)d hexadecimal digits") % {"n": digits})
    signature = bytes.fromhex(value["signature"])
    if signature and DRAND(value["beacon"]) and hashlib.sha256(signature).hexdigest() != value["value"]:
        raise DrawProblem(
            _("%(where)s: the value of the beacon is not the hash of its signature."), where=where
        )


def filled(descriptor: Mapping[str, Any], given: Any, where: str) -> dict[str, Any]:
    """The public value in the form that goes into the proof: the descriptor and what came of it.

    ``given`` holds ``value`` (a beacon also ``signature``) and may repeat the descriptor. Raises
    `DrawProblem` where it contradicts the descriptor or is no such value.
    """
    if not isinstance(given, Mapping) or "value" not in given:
        raise shapes.refuse(where, _("an object with exactly: %(names)s") % {"names": "value"})
    for name in given.keys() - {"value", "signature"}:
        if name not in descriptor or given[name] != descriptor[name]:
            raise DrawProblem(_("%(where)s is not as it was committed."), where=f"{where}.{name}")
    made = {**descriptor, "value": _normal(descriptor["kind"], given["value"])}
    if descriptor["kind"] == "beacon":
        if descriptor["beacon"] == NIST and "round" not in given:
            raise DrawProblem(_("%(where)s: the time of the pulse is missing."), where=where)
        signature = given.get("signature", "")
        made["signature"] = signature.lower() if isinstance(signature, str) else signature
    check_value(made, where)
    return made


def _normal(kind: str, value: Any) -> Any:
    if kind == "words" and isinstance(value, (list, tuple)):
        words = [unicodedata.normalize("NFC", word) if isinstance(word, str) else word for word in value]
        return [word.strip() if isinstance(word, str) else word for word in words]
    if not isinstance(value, str):
        return value
    if kind == "lottery":
        # Full-width digits, as some pages print them, are the same numbers.
        return " ".join(unicodedata.normalize("NFKC", value).split())
    return value.strip().lower()


def read_beacon_file(content: bytes) -> dict[str, str]:
    """``round``, ``value`` and ``signature`` out of the file of a beacon's round, for `filled`.

    Reads drand's ``{"round", "randomness", "signature"}`` and NIST's ``{"pulse": {"outputValue", …}}``, whose
    round is its ``timeStamp``: `filled` refuses the file of another round than the announced one.
    Raises `DrawProblem` if it is neither.
    """
    try:
        if len(content) > LARGEST_FILE:
            raise ValueError
        read = json.loads(content)
        if "pulse" in read:
            pulse = read["pulse"]
            at = datetime.fromisoformat(pulse["timeStamp"]).astimezone(UTC).strftime(ROUND_OF_TIME)
            found = (at, pulse["outputValue"], pulse.get("signatureValue", ""))
        else:
            shapes.whole(0)(read["round"], "round")
            found = (str(read["round"]), read["randomness"], read.get("signature", ""))
    except DrawProblem:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise DrawProblem(_("This is not the file of a beacon's round (drand or NIST 2.0).")) from error
    name, value, signature = found
    hexadecimal = shapes.matching(
        lambda text: shapes.ANY_HEX(text.lower()), _("lower-case hexadecimal digits")
    )
    hexadecimal(value, "value")
    hexadecimal(signature, "signature")
    return {"round": name, "value": value.lower(), "signature": signature.lower()}
