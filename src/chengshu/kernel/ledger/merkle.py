"""Merkle trees as in RFC 6962, section 2.1: leaves and nodes are hashed with different prefixes."""

from __future__ import annotations

from collections.abc import Sequence

from .hashing import Hash


def leaf_hash(hash_: Hash, data: bytes) -> bytes:
    """The hash of a leaf."""
    return hash_(b"\x00" + data)


def node_hash(hash_: Hash, left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return hash_(b"\x01" + left + right)


class Tree:
    """The root of a growing list of leaves, kept as at most log2(n) complete subtrees."""

    def __init__(self, hash_: Hash) -> None:
        self._hash = hash_
        self._stack: list[bytes] = []
        self.size = 0

    def add(self, leaf: bytes) -> None:
        """Append a leaf, given by its hash; every bit of the size that flips to 0 joins two subtrees."""
        self._stack.append(leaf)
        size = self.size
        while size & 1:
            right, left = self._stack.pop(), self._stack.pop()
            self._stack.append(node_hash(self._hash, left, right))
            size >>= 1
        self.size += 1

    def root(self) -> bytes:
        """The root so far; of no leaves, the hash of nothing."""
        if not self._stack:
            return self._hash(b"")
        result = self._stack[-1]
        for left in reversed(self._stack[:-1]):
            result = node_hash(self._hash, left, result)
        return result


def root_of(hash_: Hash, leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes."""
    tree = Tree(hash_)
    for leaf in leaves:
        tree.add(leaf)
    return tree.root()


def path_to(hash_: Hash, leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The audit path of the leaf at ``index``, from its sibling up (RFC 6962, section 2.1.1)."""
    if len(leaves) <= 1:
        return []
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if index < split:
        return [*path_to(hash_, leaves[:split], index), root_of(hash_, leaves[split:])]
    return [*path_to(hash_, leaves[split:], index - split), root_of(hash_, leaves[:split])]


def root_from_path(hash_: Hash, leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that a leaf and its audit path lead to (RFC 9162, section 2.1.3.2); None for a wrong shape."""
    if not 0 <= index < size:
        return None
    position, last, result = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if position & 1 or position == last:
            result = node_hash(hash_, sibling, result)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            result = node_hash(hash_, result, sibling)
        position, last = position >> 1, last >> 1
    return result if last == 0 else None
