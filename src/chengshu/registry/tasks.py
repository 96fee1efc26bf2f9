"""Work for the worker, found here by the queue when it starts."""

from chengshu.registry.importing import tasks as importing

__all__ = ["importing"]
