"""The HTTP API under ``/api/v1/``: each domain brings a router."""

from chengshu.config.api_errors import register
from chengshu.config.api_schema import ChengshuAPI

api = ChengshuAPI()
register(api)
api.add_router("/registry", "chengshu.registry.api.router")
api.add_router("/cases", "chengshu.cases.api.router")
api.add_router("/webhooks", "chengshu.bureau.webhooks.api.router")
api.add_router("/events", "chengshu.bureau.events_api.router")
api.add_router("/leads", "chengshu.leads.api.router")
api.add_router("/inspections", "chengshu.inspections.exchange_api.router")
api.add_router("/inspections", "chengshu.inspections.api.router")
api.add_router("/officers", "chengshu.bureau.positions_api.router")
api.add_router("/patrol", "chengshu.patrol.positions_api.router")
api.add_router("/sensing", "chengshu.sensing.api.router")
api.add_router("/structures", "chengshu.structures.api.router")
api.add_router("/reports", "chengshu.reports.api.router")
