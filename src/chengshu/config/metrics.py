"""Placeholder until the runtime part lands."""


def configure(env):
    pass


class MetricsMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)
