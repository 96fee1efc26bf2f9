"""What goes wrong with a document, in one sentence for the person who asked for it."""

from __future__ import annotations


class DocumentProblem(ValueError):
    """A document cannot be made; the message, translated, says why.

    ``missing`` names the fields of `DocumentFacts` that a document to be issued still lacks.
    """

    def __init__(self, message: str, missing: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.missing = missing
