"""Pages of tags: all of them with their rows, adding, renaming, merging and deleting them."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.people.once import once
from accounts.people.requests import UserRequest
from transactions.models import Tag
from transactions.models.cached_names import names_of
from transactions.tags import services
from transactions.tags.forms import MergeTagForm, TagForm
from transactions.tags.uses import uses_of
from wealthwise.core.forms import done, form_page, page, posted

HOME = "transactions:tags"
FORM = "transactions/tags/form.html"


@require_safe
def tags(request: UserRequest) -> HttpResponse:
    return render(request, "transactions/tags/list.html", {"tags": uses_of(request.user, names_of(request.user))})


@page
def tag_add(request: UserRequest) -> HttpResponse:
    form = TagForm(posted(request))

    def save() -> HttpResponse:
        tag = services.add_tag(user=request.user, name=form.cleaned_data["name"])
        return done(request, f"Added the tag “{tag.name}”.", HOME)

    return form_page(request, form, once(request, save, HOME), FORM, {"title": "Add tag", "tag": None})


@page
def tag_edit(request: UserRequest, pk: int) -> HttpResponse:
    tag = get_object_or_404(Tag.objects.for_user(request.user), pk=pk)
    form = TagForm(posted(request), initial={"name": tag.name})

    def save() -> HttpResponse:
        services.rename_tag(user=request.user, tag_id=pk, name=form.cleaned_data["name"])
        return done(request, f"Saved the tag “{form.cleaned_data['name']}”.", HOME)

    return form_page(request, form, save, FORM, {"title": "Rename tag", "tag": tag})


@page
def tag_merge(request: UserRequest, pk: int) -> HttpResponse:
    tag = get_object_or_404(Tag.objects.for_user(request.user), pk=pk)
    form = MergeTagForm(posted(request), user=request.user, leaving=pk)

    def save() -> HttpResponse:
        target = form.cleaned_data["target"]
        services.merge_tag(user=request.user, source_id=pk, target_id=target.pk)
        return done(request, f"Merged the tag “{tag.name}” into “{target.name}”.", HOME)

    return form_page(request, form, save, FORM, {"title": f"Merge “{tag.name}”", "tag": None})


@page
def tag_delete(request: UserRequest, pk: int) -> HttpResponse:
    """Ask on GET, delete on POST."""
    tag = get_object_or_404(Tag.objects.for_user(request.user), pk=pk)

    def save() -> HttpResponse:
        services.delete_tag(user=request.user, tag_id=pk)
        return done(request, f"Deleted the tag “{tag.name}”. Its transactions are where they were.", HOME)

    names = names_of(request.user)
    context = {"tag": tag, "uses": next((use.rows for use in uses_of(request.user, names) if use.id == pk), 0)}
    return form_page(request, forms.Form(posted(request)), save, "transactions/tags/delete.html", context)
