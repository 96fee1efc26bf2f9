"""Whether a read was made by the tag it names; the counter is judged by `checking_in`."""

from __future__ import annotations

from functools import lru_cache

from chengshu.kernel.secrets import unseal
from chengshu.patrol.checkin_settings import rules
from chengshu.patrol.models import Tag, TagKeySet
from chengshu.patrol.tags import sdm
from chengshu.patrol.tags.reads import Presented


def file_key_of(keys: TagKeySet, uid: bytes) -> bytes:
    """The SDM file read key of one tag: derived from the set's where the set says so."""
    return _file_key(unseal(keys.file_key_sealed), uid, keys.diversified)


def meta_key_of(keys: TagKeySet) -> bytes:
    """The SDM meta read key, the same in all tags of a set: it is needed before the UID is known."""
    return bytes.fromhex(unseal(keys.meta_key_sealed))


@lru_cache(maxsize=4096)
def _file_key(master: str, uid: bytes, diversified: bool) -> bytes:
    raw = bytes.fromhex(master)
    return sdm.diversified(raw, uid, rules().application, rules().system) if diversified else raw


def prove(tag: Tag, read: Presented) -> sdm.Mirrored:
    """UID and counter of a read of this dynamic tag. Raises `sdm.ForgedRead`."""
    keys = tag.keys
    if keys is None:
        raise sdm.ForgedRead
    said = read.mirrored(meta_key_of(keys))
    sdm.verify(file_key_of(keys, said.uid), said, read.mac, read.covered)
    if said.uid.hex().upper() != tag.uid:
        raise sdm.ForgedRead
    return said
