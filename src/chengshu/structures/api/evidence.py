"""Photos of an entry."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest
from ninja import Field, File, Form, Schema, Status
from ninja.files import UploadedFile

from chengshu.kernel import files
from chengshu.kernel.access import api_permission
from chengshu.kernel.files import FileDamaged
from chengshu.leads.api.files import BINARY
from chengshu.leads.api.schemas import Latitude, Longitude, Moment
from chengshu.structures.models import StructurePhoto
from chengshu.structures.services import recording
from chengshu.structures.services.recording import Photo

from .common import VIEW, WORK, find, find_in, refusals
from .reading import photo_out
from .routes import router
from .schemas import PhotoCode, StructurePhotoOut


class AboutIn(Schema):
    """What is known of a photo; what is left out is read from the photo itself."""

    moment: PhotoCode = Field(description="before or after the demolition, or other evidence")
    taken_at: Moment | None = None
    longitude: Longitude | None = None
    latitude: Latitude | None = None


@router.post("/{structure_id}/photos", response={201: StructurePhotoOut}, url_name="structures_photo_add")
@api_permission(WORK)
def add_photo(request: HttpRequest, structure_id: int, file: File[UploadedFile], about: Form[AboutIn]) -> Any:
    """Add a photo; the same file again at the same moment is kept once."""
    user: Any = request.user
    structure = find(user, structure_id, WORK)
    content: Any = file
    taken: datetime | None = about.taken_at
    position = None
    if about.longitude is not None and about.latitude is not None:
        position = (about.longitude, about.latitude)
    with refusals("form"):
        (made,) = recording.add_photos(
            structure, [Photo(content, file.name or "", about.moment, taken, position)], by=user
        )
    return Status(201, photo_out(made))


@router.get(
    "/{structure_id}/photos/{evidence_id}",
    url_name="structures_photo",
    openapi_extra={"responses": {200: {"description": "The photo as it was added", **BINARY}}},
)
@api_permission(VIEW)
def get_photo(request: HttpRequest, structure_id: int, evidence_id: int) -> Any:
    """A photo."""
    structure = find(request.user, structure_id)
    rows = StructurePhoto.objects.select_related("file").filter(structure=structure)
    kept = find_in(rows, evidence_id)
    try:
        return files.response(kept.file, kept.name, request)
    except FileDamaged as damaged:
        raise Http404 from damaged
