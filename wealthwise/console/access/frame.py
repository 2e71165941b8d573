"""The frame around pages of the console."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def page(request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
    """A page in the frame of the console."""
    frame = admin.site.each_context(request)
    return render(request, template, {**frame, "title": title, "subtitle": None, **context})
