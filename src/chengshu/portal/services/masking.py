"""What of a party may be public (公示隐名)."""

from __future__ import annotations

from chengshu.kernel.privacy_masks import MASK

SOMEBODY = "某"
LONGEST = 3


def public_name(name: str) -> str:
    """A natural person by the surname's first character: ``王小明`` → ``王某某``; ``Li Na`` → ``L***``.

    Nothing else of the name is left, so that it cannot be read back from the list.
    """
    name = "".join(name.split())
    if not name:
        return MASK
    if name[0].isascii():
        return name[0].upper() + MASK * 3
    return name[0] + SOMEBODY * min(max(len(name) - 1, 1), LONGEST - 1)
