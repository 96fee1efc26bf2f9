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
    """The batch's list; what `keep` has put beside it is not read again. Raises `TableError`."""
    if (table := kept(batch)) is not None:
        return table
    with open_stored(batch.file) as file:
        return read_table(file, filename=batch.filename, limits=limits(), sheet=batch.sheet or None)


def keep(batch: ImportBatch, table: Table | None) -> None:
    """Put a list that has been read beside the batch, for as long as that very object lives."""
    batch._table = table  # type: ignore[attr-defined]


def kept(batch: ImportBatch) -> Table | None:
    """The list put beside the batch, if any."""
    table: Table | None = getattr(batch, "_table", None)
    return table
