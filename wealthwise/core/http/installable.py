"""What lets a phone install the site: manifest, service worker, and the page for when there is no connection.

The worker keeps static files and the offline page, both the same for everybody. It stores no page of a user,
so signing out leaves nothing behind.
"""

import hashlib
import json

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

LIGHT, DARK = "#f5f6fa", "#0f1117"  # --bg of tokens.css
OFFLINE_FILES = ("css/tokens.css", "css/base.css", "css/layout.css", "css/components.css", "img/favicon.svg")
ICONS = (
    ("img/icon-192.png", "192x192", "any"),
    ("img/icon-512.png", "512x512", "any"),
    ("img/icon-maskable-192.png", "192x192", "maskable"),
    ("img/icon-maskable-512.png", "512x512", "maskable"),
)


@login_not_required
@require_safe
@cache_control(max_age=3600, public=True)
def manifest(request: HttpRequest) -> JsonResponse:
    content = {
        "id": "/",
        "name": "WealthWise",
        "short_name": "WealthWise",
        "description": "A household’s accounts, spending and budget in one place.",
        "lang": "en",
        "start_url": reverse("dashboard"),
        "scope": "/",
        "display": "standalone",
        "background_color": LIGHT,
        "theme_color": LIGHT,
        "icons": [
            {"src": static(path), "sizes": sizes, "type": "image/png", "purpose": purpose}
            for path, sizes, purpose in ICONS
        ],
        "shortcuts": [
            {"name": "Add transaction", "url": reverse("transactions:add")},
            {"name": "Budget", "url": reverse("budgets:budget")},
        ],
    }
    return JsonResponse(content, content_type="application/manifest+json")


@login_not_required
@require_safe
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """The worker's script at the root, whose scope is therefore the whole site; checked anew at each visit."""
    files = [static(path) for path in OFFLINE_FILES]
    release = getattr(staticfiles_storage, "manifest_hash", "") + json.dumps(files)
    facts = {
        "cache": f"static-{hashlib.sha256(release.encode()).hexdigest()[:12]}",
        "offline": reverse("offline"),
        "files": files,
        "root": settings.STATIC_URL,
    }
    return render(
        request,
        "wealthwise/core/http/service-worker.js",
        {"facts": facts},
        content_type="text/javascript; charset=utf-8",
    )


@login_not_required
@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """The same bytes for everybody: no name, no token, no theme."""
    return render(request, "errors/offline.html")
