"""Nothing falls between the snapshot and the stream: both are of one moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from chengshu.desk.command import snapshot as module
from chengshu.desk.command.rooms import room
from chengshu.kernel.events import newest_position
from chengshu.kernel.models import Event
from tests.leads.conftest import Loop
from tests.leads.conftest import loop as loop


@pytest.mark.django_db(transaction=True)
def test_what_is_committed_while_the_snapshot_is_read_comes_by_the_stream(
    transactional_db: None, loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile() -> None:
        """Another process reports a lead and its event gets a position."""
        lead = loop.lead()
        newest = Event.objects.filter(subject=f"lead:{lead.pk}").latest("id")
        Event.objects.filter(pk=newest.pk).update(position=41)
        connection.close()

    def position_then_somebody_else() -> int:
        position = newest_position()
        with ThreadPoolExecutor(1) as pool:
            pool.submit(meanwhile).result()
        return position

    monkeypatch.setattr(module, "newest_position", position_then_somebody_else)
    told = module.snapshot(loop.dispatcher, room(loop.dispatcher))
    assert (told["position"], told["leads"]) == (0, [])
    monkeypatch.undo()
    after = module.snapshot(loop.dispatcher, room(loop.dispatcher))
    assert (after["position"], len(after["leads"])) == (41, 1)
