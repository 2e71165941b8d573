"""Pages that make one category or subcategory of two."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts.people.requests import PersonRequest
from transactions.categories import overview, services
from transactions.categories.forms import MergeCategoryForm, MergeForm
from transactions.models import Category, Subcategory
from wealthwise.core.forms import attempt, page, posted


@page
def subcategory_merge(request: PersonRequest, pk: int) -> HttpResponse:
    source = get_object_or_404(Subcategory.objects.for_user(request.user).select_related("category"), pk=pk)
    form = MergeForm(posted(request), user=request.user, leaving=pk)
    if request.method == "POST" and attempt(
        form,
        lambda: services.merge_subcategory(user=request.user, source=source, target=form.cleaned_data["target"]),
    ):
        target = form.cleaned_data["target"]
        messages.success(request, f"Merged “{source.name}” into “{target.name}”.")
        return redirect(overview.address_of(target.category_id))
    return _merge_page(request, form, source, [pk])


@page
def category_merge(request: PersonRequest, pk: int) -> HttpResponse:
    source = get_object_or_404(Category.objects.for_user(request.user), pk=pk)
    form = MergeCategoryForm(posted(request), user=request.user, leaving=source)
    if request.method == "POST" and attempt(
        form,
        lambda: services.merge_category(user=request.user, category_id=pk, target_id=form.cleaned_data["target"].pk),
    ):
        target = form.cleaned_data["target"]
        messages.success(request, f"Merged “{source.name}” into “{target.name}”.")
        return redirect(overview.address_of(target.pk))
    inside = Subcategory.objects.for_user(request.user).filter(category=source).values_list("pk", flat=True)
    return _merge_page(request, form, source, list(inside))


def _merge_page(request: PersonRequest, form: Any, source: Category | Subcategory, ids: list[int]) -> HttpResponse:
    context = {
        "form": form,
        "source": source,
        "is_category": isinstance(source, Category),
        "inside": len(ids),
        "what": services.in_use(user=request.user, subcategory_ids=ids),
        "has_other": form.fields["target"].queryset.exists(),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "transactions/category_merge.html", context, status=status)
