"""Photos and papers of leads."""

from typing import Any

from django.http import Http404, HttpRequest
from ninja import File, Form, Status
from ninja.files import UploadedFile

from chengshu.kernel import files
from chengshu.kernel.access import api_permission
from chengshu.leads.models import LeadAttachment
from chengshu.leads.services import Attachment, add_attachment

from .common import find, refusals
from .routes import router
from .schemas import NO_ID, AttachmentIn, AttachmentOut

BINARY = {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}


@router.post(
    "/{lead_id}/attachments", response={201: AttachmentOut}, by_alias=True, url_name="lead_attachments"
)
@api_permission("leads.report")
def attach(request: HttpRequest, lead_id: int, file: File[UploadedFile], about: Form[AttachmentIn]) -> Any:
    """Add a photo or paper: as long as one's own report stands, or while one works on the lead.

    The content decides what a file is, not its name: JPEG, PNG, WebP, PDF and office documents are kept. The
    same file again is kept once.
    """
    user: Any = request.user
    lead = find(user, lead_id, "leads.report")
    position = (about.longitude, about.latitude) if None not in (about.longitude, about.latitude) else None
    stated: Any = Attachment(
        content=file,  # type: ignore[arg-type]
        name=file.name or "",
        moment=LeadAttachment.Moment(about.moment),
        taken_at=about.taken_at,
        position=position,  # type: ignore[arg-type]
    )
    with refusals():
        made = add_attachment(lead, stated, by=user)
    return Status(
        201,
        {
            "id": made.pk,
            "name": made.name,
            "moment": made.moment,
            "media_type": made.file.media_type,
            "size": made.file.size,
            "taken_at": made.taken_at,
            "added_at": made.added_at,
            "url": f"/api/v1/leads/{lead.pk}/attachments/{made.pk}",
        },
    )


@router.get(
    "/{lead_id}/attachments/{attachment_id}",
    url_name="lead_attachment",
    openapi_extra={"responses": {200: {"description": "The file as it was added", **BINARY}}},
)
@api_permission("leads.view")
def get_attachment(request: HttpRequest, lead_id: int, attachment_id: int) -> Any:
    """The file."""
    lead = find(request.user, lead_id)
    found = None
    if 0 < attachment_id <= NO_ID:
        found = LeadAttachment.objects.select_related("file").filter(lead=lead, pk=attachment_id).first()
    if found is None:
        raise Http404
    return files.response(found.file, found.name, request)
