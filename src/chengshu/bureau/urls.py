"""Routes."""


urlpatterns: list = []
