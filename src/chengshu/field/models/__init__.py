"""What the officer's app leaves on the server."""

from .devices import FieldDevice
from .records import FieldRecord
from .uploads import FieldUpload

__all__ = ["FieldDevice", "FieldRecord", "FieldUpload"]
