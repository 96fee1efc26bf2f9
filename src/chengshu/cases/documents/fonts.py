"""The Chinese fonts of the PDF: the bureau's own folder first, then what the system has."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import typst
from django.conf import settings
from django.utils.translation import gettext as _

from chengshu.cases.documents.problems import DocumentProblem

SONG = ("Noto Serif CJK SC", "Source Han Serif SC", "Noto Serif SC", "SimSun", "Songti SC", "STSong")
HEI = ("SimHei", "Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans SC", "Microsoft YaHei", "Heiti SC")
FANG = ("FangSong_GB2312", "FangSong", "STFangsong", "FZFangSong-Z02S", "FZFangSong-Z02")
KAI = ("KaiTi_GB2312", "KaiTi", "STKaiti", "Kaiti SC", "FZKai-Z03S", "FZKai-Z03", "LXGW WenKai")
TITLE = ("FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05")
"""Families by preference as in GB/T 9704, else the nearest: 宋体, 黑体, 仿宋 (body), 楷体 (second headings),
小标宋 (title)."""


@dataclass(frozen=True)
class FontSet:
    """The fonts to search and the families chosen for the roles of the template."""

    found: typst.Fonts
    families: dict[str, str]


def font_set() -> FontSet:
    """The fonts to use. Raises `DocumentProblem` where no Chinese font is installed."""
    folder = getattr(settings, "FONT_DIR", None)
    return _search(str(folder) if folder else "")


@lru_cache(maxsize=4)
def _search(folder: str) -> FontSet:
    if folder and not Path(folder).is_dir():
        raise DocumentProblem(_("CHENGSHU_FONT_DIR is not a folder: %(path)s") % {"path": folder})
    # The families are tried in the bureau's folder alone first: its fonts go before the system's.
    own = typst.Fonts(False, False, [folder]) if folder else None
    every = typst.Fonts(True, True, [folder] if folder else [])
    families = [set(fonts.families()) for fonts in (own, every) if fonts is not None]

    def first(names: tuple[str, ...]) -> str | None:
        return next((name for known in families for name in names if name in known), None)

    song, hei = first(SONG), first(HEI)
    base = song or hei or first(FANG)
    if base is None:
        raise DocumentProblem(
            _(
                "No Chinese font was found. Install the package fonts-noto-cjk or set CHENGSHU_FONT_DIR to a"
                " folder with fonts."
            )
        )
    fang = first(FANG) or song or base
    return FontSet(
        every,
        {
            "song": song or base,
            "hei": hei or base,
            "fang": fang,
            "kai": first(KAI) or fang,
            "title": first(TITLE) or song or base,
        },
    )
