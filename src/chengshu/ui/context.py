"""What every page needs around its content."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language, gettext

import chengshu
from chengshu.ui import navigation


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: navigation (lazy), version, the texts of the scripts, the other language."""
    return {
        "navigation": SimpleLazyObject(
            lambda: navigation.visible(getattr(request, "user", None), request.path)
        ),
        "chengshu_version": chengshu.__version__,
        "other_language": "en" if (get_language() or "zh-hans").startswith("zh") else "zh-hans",
        "script_texts": script_texts,
    }


def script_texts() -> dict[str, str]:
    """Sentences that scripts may have to say, in the language of the page."""
    return {
        "offline": gettext("The server cannot be reached. Check the network and try again."),
        "error": gettext("The server could not do this. Try again, or tell the administrator."),
        "forbidden": gettext("You may not do this."),
        "missing": gettext("This is no longer there."),
        "conflict": gettext("Somebody else changed this meanwhile. Load the page again."),
        "close": gettext("Close"),
        "chosen": gettext("%(n)s selected"),
    }
