"""What is kept of reports: documents and what was published in them, targets, dashboards, deliveries."""

from .boards import Board, Delivery, DeliveryRun, Target
from .documents import Document, DocumentPart, PublishedFigure

__all__ = ["Board", "Delivery", "DeliveryRun", "Document", "DocumentPart", "PublishedFigure", "Target"]
