"""The WSGI application served by granian."""

import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chengshu.config.settings")
application = get_wsgi_application()

# What is loaded by now lives as long as the process. A collection that walks through all of it holds up a
# request for a tenth of a second, so it is set aside once.
import_module(settings.ROOT_URLCONF)
gc.collect()
gc.freeze()
