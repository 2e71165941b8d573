"""Entry point for granian, which `manage.py serve` starts: the WSGI application behind its event loop."""

from importlib import import_module

from django.conf import settings

from wealthwise.core.http.bodies import Bodies
from wealthwise.core.http.front import Front
from wealthwise.core.http.gateway import Gateway
from wealthwise.core.http.uploads import FORM_AROUND_IT
from wealthwise.wsgi import application as wsgi

application = Gateway(wsgi, Front(), Bodies(settings.EXPORT_MAX_BYTES + FORM_AROUND_IT), threads=settings.THREADS)
# The models are there once the WSGI application is made.
import_module("wealthwise.console.health.samples").RequestRecorder().start()
