"""The router that every part of the API of the ledger puts its operations on."""

from ninja import Router

router = Router(tags=["structures"])
