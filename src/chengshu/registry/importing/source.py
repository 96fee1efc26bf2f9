"""The table behind a batch: read from the file kept with it, within the configured limits."""

from __future__ import annotations

from django.conf import settings

from chengshu.kernel.files import open_stored
from chengshu.kernel.tables import Limits, Table, read_table
from chengshu.registry.models import ImportBatch


def limits() -> Limits:
    """Bytes and rows as the installation sets them."""
    return Limits(max_bytes=settings.UPLOAD_LIMIT_BYTES, max_rows=settings.IMPORT_ROW_LIMIT)


def read_source(batch: ImportBatch) -> Table:
    """The batch's list. Raises `TableError`."""
    with open_stored(batch.file) as file:
        return read_table(file, filename=batch.filename, limits=limits(), sheet=batch.sheet or None)
