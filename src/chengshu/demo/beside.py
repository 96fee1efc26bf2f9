"""The second process of a load. It begins without Django, so nothing of it is imported above."""

from __future__ import annotations

import os
from typing import Any


def work(district_id: int, wanted: dict[str, Any], parent: int, said: Any) -> None:
    """Load the files and tell how far it is; the settings and the database server are those of the first."""
    import django

    django.setup()
    from chengshu.bureau.models import District
    from chengshu.demo.parts import Wanted, files

    def report(done: int, total: int, label: str) -> None:
        if os.getppid() != parent:
            raise SystemExit(1)  # nobody waits for it any more
        said.put(("progress", (done, total, label)))

    try:
        district = District.objects.get(pk=district_id)
        said.put(("done", files(district, Wanted(**wanted), report)))
    except Exception as error:
        said.put(("failed", f"{type(error).__name__}: {error}"))
        raise
