"""The router that every part of the API of sensing puts its operations on."""

from ninja import Router

router = Router(tags=["sensing"])
