"""What exactly is hashed: published vectors, so that a stranger's verifier can be checked against ours."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from chengshu.kernel.ledger import hashing, merkle

SHA256 = hashing.hasher("sha256")
# The reference vectors of RFC 6962's first implementation: inputs, and the root over the first n of them
CT_INPUTS = [
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
]  # fmt: skip
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
ENTRY = {
    "chain": "registry.round:12",
    "seq": 1,
    "at": datetime(2021, 1, 4, 1, 2, 3, tzinfo=UTC),
    "actor": "clerk",
    "action": "round.created",
    "payload": {"名称": "沿街商铺核查", "objects": 10098, "share": 0.5},
    "previous": "",
}


def test_merkle_roots_agree_with_certificate_transparency() -> None:
    leaves = [merkle.leaf_hash(SHA256, bytes.fromhex(text)) for text in CT_INPUTS]
    for count, root in enumerate(CT_ROOTS, 1):
        assert merkle.root_of(SHA256, leaves[:count]).hex() == root
    assert merkle.root_of(SHA256, []).hex() == hashlib.sha256().hexdigest()


@given(st.integers(1, 70), st.data())
def test_every_audit_path_leads_to_the_root_and_no_other_leaf_does(size: int, data: st.DataObject) -> None:
    leaves = [merkle.leaf_hash(SHA256, bytes([n])) for n in range(size)]
    index = data.draw(st.integers(0, size - 1))
    path = merkle.path_to(SHA256, leaves, index)
    root = merkle.root_of(SHA256, leaves)
    assert merkle.root_from_path(SHA256, leaves[index], index, size, path) == root
    assert merkle.root_from_path(SHA256, b"\x00" * 32, index, size, path) != root
    assert merkle.root_from_path(SHA256, leaves[index], index, size, [*path, root]) is None
    assert merkle.root_from_path(SHA256, leaves[index], size, size, path) is None


def test_the_form_that_is_hashed() -> None:
    assert hashing.canonical(hashing.entry_document(ENTRY)).decode() == (
        '{"action":"round.created","actor":"clerk","at":"2021-01-04T01:02:03.000000Z",'
        '"chain":"registry.round:12","payload":{"objects":10098,"share":0.5,"名称":"沿街商铺核查"},'
        '"previous":"","seq":1}'
    )


@pytest.mark.parametrize(
    ("algorithm", "entry", "leaf", "seal"),
    [
        (
            "sha256",
            "94e96b3f97ced69b14d76293e2e1070d1861cf840c951111d349d75b6dfcce82",
            "8ca81fef87472160734927398bd6e0491210edd7850c9b8c6ac7a2733b496388",
            "05b7645e3f6919c0d52760f8da3f0beb133970ee6b291837a901bd301ae02373",
        ),
        (
            "sm3",
            "3238e29c8705bea27617807c63432cdddcfca8b5b4b61c0b809b56940403d914",
            "d8dc15d253bf84b7c18852ec7480655586ef896d0c9f11d60e461d8ddfe7644d",
            "6cbcaf6a73c94fb587800033f24ab260ca7212b6de56124b3a10940e14ec0e40",
        ),
    ],
)
def test_the_vector_of_the_manual(algorithm: str, entry: str, leaf: str, seal: str) -> None:
    hash_ = hashing.hasher(algorithm)
    entry_hash = hashing.entry_hash(ENTRY, algorithm)
    leaf_hash = merkle.leaf_hash(hash_, hashing.head_bytes("registry.round:12", 1, entry_hash)).hex()
    document = hashing.seal_document("2021-01-04", leaf_hash, 1, algorithm, "")
    assert (entry_hash, leaf_hash, hashing.seal_hash(document)) == (entry, leaf, seal)


def test_sm3_agrees_with_the_standard_with_and_without_openssl() -> None:
    expected = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"  # GB/T 32905-2016, A.1
    assert hashing.hasher("sm3")(b"abc").hex() == expected
    assert hashing._sm3_without_openssl(b"abc").hex() == expected


def test_an_unknown_algorithm_is_refused() -> None:
    with pytest.raises(ValueError, match="md5"):
        hashing.hasher("md5")


def test_the_manual_gives_this_vector() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "ledger.md").read_text()
    entry = hashing.canonical(hashing.entry_document(ENTRY)).decode()
    assert entry in manual
    for algorithm in hashing.ALGORITHMS:
        assert f"`{hashing.entry_hash(ENTRY, algorithm)}`" in manual


SIMPLE = st.recursive(
    st.none() | st.booleans() | st.integers(1 - 2**53, 2**53 - 1) | st.floats(-1e6, 1e6) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(max_codepoint=127)), inner),
)


@given(SIMPLE | st.floats(allow_nan=False, allow_infinity=False) | st.dictionaries(st.text(), SIMPLE))
def test_the_fast_writer_of_simple_values_gives_the_bytes_of_the_standard(value: object) -> None:
    assert hashing.canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("value", ["\ud800", {"name": "\udfff"}, 2**53, float("nan")])
def test_what_json_cannot_carry_exactly_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        hashing.canonical(value)
