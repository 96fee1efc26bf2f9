"""What a lead is found by when one types."""

from __future__ import annotations

from chengshu.leads.models import Lead
from chengshu.registry.derive import address_key, exact_token, name_key, text_tokens

TOKEN_LIMIT = 200


def search_tokens(lead: Lead) -> list[str]:
    """Entries of the search index: parts of description and address, the numbers as a whole."""
    tokens = text_tokens(name_key(lead.description)) | text_tokens(address_key(lead.address))
    tokens |= {exact_token(value) for value in (lead.number, lead.source_ref) if value}
    if lead.object_id and lead.object:
        tokens |= text_tokens(name_key(lead.object.name))
    return sorted(tokens)[:TOKEN_LIMIT]
