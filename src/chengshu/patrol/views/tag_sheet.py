"""二维码张贴页: a page of labels to print, cut out and put up (any browser saves it as PDF)."""

from __future__ import annotations

import io

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chengshu.kernel.access import permission_required
from chengshu.patrol.models import Tag
from chengshu.patrol.queries.lists import tag_rows
from chengshu.patrol.services.tags import address_of
from chengshu.patrol.views.checkin_common import CONFIGURE, person
from chengshu.patrol.views.tag_pages import site

MOST = 200  # labels on one page


def code_svg(text: str) -> SafeString:
    """A QR code as SVG that scales; error correction Q, since labels in the street get scratched."""
    out = io.BytesIO()
    segno.make(text, error="q", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=2
    )
    return SafeString(out.getvalue().decode())


@permission_required(CONFIGURE)
@require_GET
def sheet(request: HttpRequest) -> HttpResponse:
    """The QR codes in use, of one beat (``?beat=``) or one tag (``?tag=``)."""
    tags = tag_rows(person(request), kind=Tag.Kind.QR, state=Tag.State.ACTIVE)
    for name, field in (("beat", "point__beat"), ("tag", "pk")):
        asked = request.GET.get(name, "")
        if asked.isascii() and asked.isdigit() and len(asked) < 19:
            tags = tags.filter(**{field: int(asked)})
    labels = [{"tag": tag, "svg": code_svg(address_of(tag, site(request)))} for tag in tags[:MOST]]
    return render(request, "patrol/tag_sheet.html", {"labels": labels, "title": _("QR codes to print")})
