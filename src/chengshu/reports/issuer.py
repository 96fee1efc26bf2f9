"""Who issues a district's reports."""

from __future__ import annotations

from chengshu.bureau.models import District, Unit


def issuer(district: District) -> str:
    """The bureau's name in Chinese, as it stands in titles and under documents."""
    bureau = Unit.objects.filter(district=district, kind=Unit.Kind.BUREAU).order_by("code").first()
    return bureau.name if bureau else district.name
