"""How many reads of dynamic tags one core verifies in a second (wanted: more than 2,000).

``python benchmarks/checkin_verify.py [reads]`` makes reads of many tags beforehand, then times what a check
does without the database: PICCData, the tag's own key out of the master key, session key, MAC.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.patrol.tag import FakeTag

from chengshu.patrol.tags import sdm
from chengshu.patrol.tags.reads import presented

TAGS = 500
META, MASTER = bytes(range(16)), bytes(range(16, 32))
APPLICATION, SYSTEM = bytes.fromhex("D2760000850101"), b"chengshu"
WANTED = 2_000


def reads(count: int) -> list[dict[str, str]]:
    """What phones would present, from the tags in turn; every second with file data."""
    uids = [b"\x04" + number.to_bytes(6, "big") for number in range(TAGS)]
    chips = [FakeTag(uid, META, sdm.diversified(MASTER, uid, APPLICATION, SYSTEM)) for uid in uids]
    return [chips[number % TAGS].read(b"x" * 16 if number % 2 else b"") for number in range(count)]


def main() -> None:
    """Print the rate; leave with 1 below the wanted one."""
    said = reads(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
    begin = time.perf_counter()
    for one in said:
        read = presented(one)
        assert read is not None
        mirrored = read.mirrored(META)
        key = sdm.diversified(MASTER, mirrored.uid, APPLICATION, SYSTEM)
        sdm.verify(key, mirrored, read.mac, read.covered)
    rate = len(said) / (time.perf_counter() - begin)
    print(f"{len(said):,} reads verified, {rate:,.0f} a second on one core (wanted: {WANTED:,})")
    sys.exit(rate < WANTED)


if __name__ == "__main__":
    main()
