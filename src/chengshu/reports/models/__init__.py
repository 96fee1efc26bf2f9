"""What is kept of reports: the writers' documents and the figures published in them."""

from .documents import Document, DocumentPart, PublishedFigure

__all__ = ["Document", "DocumentPart", "PublishedFigure"]
