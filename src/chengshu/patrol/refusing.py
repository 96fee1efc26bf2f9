"""Refusing with a sentence, and the reach of a permission: what the services of patrols share."""

from __future__ import annotations

from chengshu.bureau.scope import require as require


class PatrolProblem(Exception):
    """What was asked for cannot be done; one translated sentence, and the field of the form, if any."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field
