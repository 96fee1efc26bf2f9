"""The HTTP API under ``/api/v1/``: each domain brings a router."""

from ninja import NinjaAPI

from chengshu import __version__

api = NinjaAPI(title="城枢 Chengshu", version=__version__, urls_namespace="api")
api.add_router("/registry", "chengshu.registry.api.router")
api.add_router("/events", "chengshu.bureau.events_api.router")
api.add_router("/officers", "chengshu.bureau.positions_api.router")
