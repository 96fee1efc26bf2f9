"""Forms of the registry's pages."""

from .classes import AttributeForm, ClassForm
from .filters import ObjectFilterForm
from .objects import IdentifierForm, ObjectForm, PermitForm, StatusForm

__all__ = [
    "AttributeForm",
    "ClassForm",
    "IdentifierForm",
    "ObjectFilterForm",
    "ObjectForm",
    "PermitForm",
    "StatusForm",
]
