"""What reports keep: targets, dashboards built by people, deliveries."""

from .boards import Board, Delivery, DeliveryRun, Target

__all__ = ["Board", "Delivery", "DeliveryRun", "Target"]
