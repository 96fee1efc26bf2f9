"""Webhooks: events as CloudEvents 1.0, signed after the Standard Webhooks scheme, to addresses of others."""

from .feeding import feed, feed_new, wake
from .service import change, create, remove, rotate, send_test

__all__ = ["change", "create", "feed", "feed_new", "remove", "rotate", "send_test", "wake"]
