"""The API's description: what every operation has in common stands in it by itself."""

from __future__ import annotations

from typing import Any

from ninja import NinjaAPI
from ninja.errors import ValidationError, ValidationErrorContext
from ninja.openapi.schema import OpenAPISchema

from chengshu import __version__
from chengshu.config.api_errors import StrictParser
from chengshu.kernel.access import PUBLIC, SIGNED_IN
from chengshu.kernel.problems import CONTENT_TYPE, KINDS, TYPE

DESCRIPTION = """\
Other systems send an **API key**: `Authorization: Bearer cs_…`. It carries permissions, an area and a number
of requests a minute; answers say in `RateLimit` what is left. A browser uses the session of the signed-in
person.

Errors are problem details (RFC 9457, `application/problem+json`) in the language of `Accept-Language`.
"""
PROBLEM_SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "description": "Why nothing came of the request (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "description": "a fixed word for programs"},
        "title": {"type": "string", "description": "the kind of problem, for people"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "one sentence: what is wrong, what to do"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "in", "code", "detail"],
                "properties": {
                    "field": {"type": "string", "description": "name, with dots inside of objects"},
                    "in": {"type": "string", "description": "query, path, header, body or form"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
# English here: the description is one document for all languages.
TITLES = {
    400: "Not understood: encoding, JSON or cursor",
    401: "No session and no valid API key",
    403: "The role or key does not include this, or the CSRF token is missing",
    404: "No such thing, or outside the area",
    409: "In conflict with the present state",
    413: "Body too large",
    415: "Content type not accepted",
    422: "Values that do not fit, field by field",
    429: "The key has no requests left in this minute",
    500: "Fault in the server",
}
DETAILS = {
    401: "The API key is unknown, expired or revoked.",
    422: "The list errors names each field.",
    429: "Wait as many seconds as the header Retry-After says.",
}
RATE_HEADERS = {
    "RateLimit": {
        "description": "Requests left and seconds to the next minute (only with an API key).",
        "schema": {"type": "string", "examples": ['"minute";r=599;t=34']},
    },
    "RateLimit-Policy": {
        "description": "Requests a minute that the key may make (only with an API key).",
        "schema": {"type": "string", "examples": ['"minute";q=600;w=60']},
    },
}


class ChengshuAPI(NinjaAPI):
    """ninja's API with our parser, and a description that names the common errors and permissions."""

    def __init__(self, namespace: str = "api") -> None:
        super().__init__(
            title="城枢 Chengshu",
            version=__version__,
            description=DESCRIPTION,
            urls_namespace=namespace,
            parser=StrictParser(),
        )

    def validation_error_from_error_contexts(
        self, error_contexts: list[ValidationErrorContext[Any]]
    ) -> ValidationError:
        """Fields of a body by the names the caller wrote, without that of the function's parameter."""
        errors = []
        for context in error_contexts:
            wrapped = getattr(context.model, "__read_from_single_attr__", None)
            for error in super().validation_error_from_error_contexts([context]).errors:
                source, *place = error["loc"]
                if wrapped and place[:1] == [wrapped]:
                    place = place[1:]
                errors.append({**error, "loc": (source, *place)})
        return ValidationError(errors)

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """The description (OpenAPI 3.1) of all routers."""
        schema = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        components = schema["components"]
        components["schemas"]["Problem"] = PROBLEM_SCHEMA
        components["responses"] = {f"Problem{status}": _response(status) for status in TITLES}
        components["headers"] = RATE_HEADERS
        permissions = self._permissions()
        for path, item in schema["paths"].items():
            for method, operation in item.items():
                permission = permissions.get(operation.get("operationId", ""), PUBLIC)
                _complete(path, method, operation, permission)
        return schema

    def _permissions(self) -> dict[str, str]:
        """The permission of each operation by its id."""
        return {
            operation.operation_id or self.get_openapi_operation_id(operation): operation.view_func.permission
            for _prefix, router in self._routers
            for view in router.path_operations.values()
            for operation in view.operations
            if hasattr(operation.view_func, "permission")
        }


def _response(status: int) -> dict[str, Any]:
    code, title, _usual = KINDS[status]
    example: dict[str, Any] = {
        "type": TYPE + code,
        "title": str(title),
        "status": status,
        "detail": DETAILS.get(status, TITLES[status] + "."),
    }
    if status == 422:
        example["errors"] = [
            {
                "field": "limit",
                "in": "query",
                "code": "less_than_equal",
                "detail": "At most 200 is possible.",
            }
        ]
    found: dict[str, Any] = {
        "description": TITLES[status],
        "content": {
            CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example},
        },
    }
    if status == 429:
        found["headers"] = {
            "Retry-After": {"description": "seconds to wait", "schema": {"type": "integer"}},
            **{name: {"$ref": f"#/components/headers/{name}"} for name in RATE_HEADERS},
        }
    return found


def _complete(path: str, method: str, operation: dict[str, Any], permission: str) -> None:
    """Add to one operation what the way of every request brings with it."""
    statuses = [400, 500]
    if permission != PUBLIC:
        statuses += [401, 403, 429]
        operation["x-permission"] = permission
        if permission != SIGNED_IN:
            said = operation.get("description", "")
            operation["description"] = f"{said}\n\nPermission: `{permission}`.".strip()
    if "{" in path or method != "get":
        statuses.append(404)
    if operation.get("parameters") or "requestBody" in operation:
        statuses.append(422)
    if method != "get":
        statuses += [409, 413]
    if "requestBody" in operation:
        statuses.append(415)
    responses = operation["responses"]
    for status in [known for known in responses if str(known).isdigit() and int(known) >= 400]:
        if int(status) not in TITLES:
            continue
        statuses.append(int(status))
        del responses[status]
    for status in sorted(set(statuses)):
        responses[status] = {"$ref": f"#/components/responses/Problem{status}"}
    if permission != PUBLIC:
        for status, response in responses.items():
            if int(status) < 400:
                headers = {name: {"$ref": f"#/components/headers/{name}"} for name in RATE_HEADERS}
                response["headers"] = {**headers, **response.get("headers", {})}
