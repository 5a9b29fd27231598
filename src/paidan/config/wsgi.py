"""Pages and API as a WSGI application."""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "paidan.config.settings")

application = get_wsgi_application()

# What is loaded now stays for ever: looking through it again and again for garbage doubles the time of a page that
# reads thousands of rows.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
