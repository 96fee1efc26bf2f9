"""How common the entries of an array column are, as PostgreSQL's ANALYZE last saw them.

A search chooses its way by this. Only the first question of a process waits for the numbers; later they are
read anew beside the question.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from threading import Lock, Thread

from django.db import connection

SECONDS = 120
"""Numbers older than this are read anew."""


class TokenStatistics:
    """Shares of the commonest entries of one column, and the number of rows of its table."""

    def __init__(self, table: str, column: str = "search_tokens") -> None:
        self.table, self.column = table, column
        self.reading = Lock()
        self._kept: tuple[float, dict[str, float], float] | None = None

    def known(self) -> tuple[dict[str, float], float]:
        """Share by entry, and rows; empty and 0 for a table that was never analysed."""
        kept = self._kept
        if kept is None:
            return self._read()[1:]
        if time.monotonic() - kept[0] > SECONDS and self.reading.acquire(blocking=False):
            Thread(target=self._read_beside, name="token statistics", daemon=True).start()
        return kept[1:]

    def expected_rows(self, tokens: Collection[str]) -> float:
        """About how many rows carry all the tokens; 0 for tokens the statistics do not list."""
        shares, rows = self.known()
        if not tokens:
            return rows
        if any(token not in shares for token in tokens):
            return 0
        # Neighbouring pairs of characters mostly come together: the rarest of them says how many there are.
        return rows * min(shares[token] for token in tokens)

    def _read(self) -> tuple[float, dict[str, float], float]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT most_common_elems::text::text[], most_common_elem_freqs, reltuples"
                " FROM pg_class LEFT JOIN pg_stats ON schemaname = current_schema() AND tablename = relname"
                " AND attname = %s WHERE oid = %s::regclass",
                [self.column, self.table],
            )
            elements, shares, rows = cursor.fetchone()
        known = dict(zip(elements or [], shares or [], strict=False))
        self._kept = (time.monotonic(), known, max(float(rows), 0.0))
        return self._kept

    def _read_beside(self) -> None:
        """In a thread that holds the lock and gives its connection back."""
        try:
            self._read()
        finally:
            self.reading.release()
            connection.close()
