"""One transaction for many records that come together, as an import or a made-up year does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from chengshu.kernel import files, ledger


@contextmanager
def whole() -> Iterator[None]:
    """All or none, with what the services do once for each record done once for all.

    Entries of the ledger are appended at the end, so that nobody waits for a chain meanwhile. Services inside
    set no savepoints: what fails, fails as a whole. The commit does not wait for the disk: after a crash of
    the server the last ones may be missing, each as a whole, and the load is called again.
    """
    with transaction.atomic():
        savepoints = connection.features.uses_savepoints
        connection.features.uses_savepoints = False
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL synchronous_commit TO off")
            with ledger.together(), files.remembering():
                yield
        finally:
            connection.features.uses_savepoints = savepoints
