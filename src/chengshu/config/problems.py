"""What an operator must settle: one clear, translated line, and exit status 2 instead of a traceback.

These lines are needed before Django is set up (and when it cannot be), so they are translated by the standard
library from the same catalogue. ``CHENGSHU_LANGUAGE`` chooses ``zh-hans`` (the default) or ``en``.
"""

from __future__ import annotations

import errno
import gettext
import os
from functools import lru_cache
from pathlib import Path

from chengshu.config.env import EnvironmentProblem

LOCALE = Path(__file__).resolve().parent.parent / "locale"


@lru_cache(maxsize=4)
def _catalogue(language: str) -> gettext.NullTranslations:
    folder = {"zh-hans": "zh_Hans", "zh": "zh_Hans", "zh-cn": "zh_Hans"}.get(language, "en")
    return gettext.translation("django", LOCALE, languages=[folder], fallback=True)


def say(text: str, **values: object) -> str:
    """``text`` in the operator's language, with ``%(name)s`` replaced by ``values``."""
    language = os.environ.get("CHENGSHU_LANGUAGE", "zh-hans").lower().replace("_", "-")
    translated = _catalogue(language).gettext(text)
    return translated % values if values else translated


class Problem(EnvironmentProblem):
    """A refusal to go on. ``str()`` is the translated line; `text` and `values` are what it was made of."""

    def __init__(self, text: str, **values: object) -> None:
        self.text, self.values = text, values
        super().__init__(say(text, **values))


def is_disk_full(error: BaseException) -> bool:
    """Whether ``error`` is the operating system's "no space left" (or a quota reached)."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
