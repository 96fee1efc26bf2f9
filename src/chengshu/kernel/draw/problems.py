"""What a draw refuses."""

from __future__ import annotations

from typing import Any


class DrawProblem(ValueError):
    """A list, rule, value or step that a draw cannot take.

    ``message`` is a translatable sentence with ``%(name)s`` places, ``params`` fills them; ``str()`` is the
    sentence in the reader's language.
    """

    def __init__(self, message: Any, **params: Any) -> None:
        self.message, self.params = message, params
        super().__init__(message)

    def __str__(self) -> str:
        return str(self.message) % self.params if self.params else str(self.message)
