"""The router that every part of the API of leads puts its operations on."""

from ninja import Router

router = Router(tags=["leads"])
