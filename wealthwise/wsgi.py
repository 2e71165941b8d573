"""WSGI entry point. A serving process keeps a connection pool; a command does not need one."""

import gc
import os

from django.core.wsgi import get_wsgi_application

from wealthwise.devserver import server

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wealthwise.settings")
os.environ.setdefault("WEALTHWISE_POOL", "1")

if lease := server.ensure_from_environment(server.HOME, os.environ):
    lease.keep()
application = get_wsgi_application()

# What is loaded by now stays: the collector need not walk through it during requests, nor after each 2,000 objects.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 10, 10)
