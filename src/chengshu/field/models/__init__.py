"""What the officer's app leaves on the server."""

from .devices import FieldDevice
from .notes import FieldNote, FieldNoteFile
from .records import FieldRecord
from .uploads import FieldUpload

__all__ = ["FieldDevice", "FieldNote", "FieldNoteFile", "FieldRecord", "FieldUpload"]
