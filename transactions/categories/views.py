"""Pages of categories and subcategories: the overview, adding, changing, merging and deleting them."""

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from accounts.people.once import once
from accounts.people.requests import UserRequest
from transactions.categories import overview, services
from transactions.categories.forms import (
    CategoryForm,
    MergeCategoryForm,
    MergeForm,
    MoveForm,
    QuickCategoryForm,
    SubcategoryForm,
)
from transactions.models import Category, Subcategory
from transactions.models.cached_names import names_of
from transactions.summaries import totals
from wealthwise.core.errors import DomainError
from wealthwise.core.fields import OwnField, field_of
from wealthwise.core.forms import done, form_page, has_agreed, page, posted
from wealthwise.core.two_tabs import edit_page, kept_of

HOME = "transactions:categories"
FORM = "transactions/categories/form.html"
MERGE = "transactions/categories/merge.html"
DELETE = "transactions/categories/delete.html"


@require_safe
def categories(request: UserRequest) -> HttpResponse:
    """The tree, narrowed by ``?q=``; asked by htmx, only the tree."""
    context = overview.context(
        totals.category_tree(request.user), wanted=request.GET.get("q", ""), opened=request.GET.get("open", "")
    )
    template = "transactions/categories/tree.html" if request.htmx else "transactions/categories/overview.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_POST
def add_defaults(request: UserRequest) -> HttpResponse:
    count = services.add_default_categories(user=request.user)
    return done(request, f"Added {count} subcategories." if count else "You have all of them already.", HOME)


@page
def category_add(request: UserRequest) -> HttpResponse:
    form = CategoryForm(posted(request), initial={"kind": request.GET.get("kind", Category.Kind.EXPENSE)})

    def save() -> HttpResponse:
        services.add_category(user=request.user, name=form.cleaned_data["name"], kind=form.cleaned_data["kind"])
        return done(request, f"Added “{form.cleaned_data['name']}”.", HOME)

    return form_page(request, form, once(request, save, HOME), FORM, {"title": "Add category", "subject": None})


@require_POST
def category_quick(request: UserRequest) -> JsonResponse:
    """Make the subcategory that is missing where one is chosen, for the script of the category box."""
    form = QuickCategoryForm(request.POST)
    try:
        if form.is_valid():
            made = services.find_or_add(user=request.user, **form.cleaned_data)
            outer = names_of(request.user).categories.get(made.category_id, form.cleaned_data["category"])
            return JsonResponse({"id": made.pk, "name": made.name, "category": outer})
        said = " ".join(str(text) for errors in form.errors.values() for text in errors)
    except DomainError as refusal:
        said = str(refusal)
    return JsonResponse({"error": said}, status=422)


@edit_page
def category_edit(request: UserRequest, pk: int) -> HttpResponse:
    category = get_object_or_404(Category.objects.for_user(request.user), pk=pk)
    form = CategoryForm(posted(request), of_row=True, initial={"name": category.name, "kind": category.kind})

    def save() -> HttpResponse:
        agreed = has_agreed(request)
        services.update_category(user=request.user, category_id=pk, agreed=agreed, **form.cleaned_data)
        return done(request, f"Saved “{form.cleaned_data['name']}”.{kept_of(form)}", overview.address_of(pk))

    return form_page(request, form, save, FORM, {"title": "Edit category", "subject": category})


@require_POST
def category_archive(request: UserRequest, pk: int) -> HttpResponse:
    """Archive it, or with ``off`` take it out of the archive."""
    category = get_object_or_404(Category.objects.for_user(request.user), pk=pk)
    services.archive_category(user=request.user, category_id=pk, is_archived="off" not in request.POST)
    return done(request, _archived_in_words(request, category.name), overview.address_of(pk))


@require_POST
def subcategory_archive(request: UserRequest, pk: int) -> HttpResponse:
    """Archive it, or with ``off`` take it out of the archive."""
    subcategory = get_object_or_404(Subcategory.objects.for_user(request.user), pk=pk)
    services.archive_subcategory(user=request.user, subcategory_id=pk, is_archived="off" not in request.POST)
    return done(request, _archived_in_words(request, subcategory.name), overview.address_of(subcategory.category_id))


def _archived_in_words(request: UserRequest, name: str) -> str:
    if "off" in request.POST:
        return f"“{name}” is in use again."
    return f"Archived “{name}”. It is offered nowhere any more; what is filed there stays and counts."


@page
def category_merge(request: UserRequest, pk: int) -> HttpResponse:
    source = get_object_or_404(Category.objects.for_user(request.user), pk=pk)
    form = MergeCategoryForm(posted(request), user=request.user, leaving=source)

    def save() -> HttpResponse:
        target = form.cleaned_data["target"]
        services.merge_category(user=request.user, category_id=pk, target_id=target.pk)
        return done(request, f"Merged “{source.name}” into “{target.name}”.", overview.address_of(target.pk))

    def context() -> dict[str, Any]:
        inside = Subcategory.objects.for_user(request.user).filter(category=source).values_list("pk", flat=True)
        return _merging(request, form, source, list(inside))

    return form_page(request, form, save, MERGE, context)


@page
def category_delete(request: UserRequest, pk: int) -> HttpResponse:
    category = get_object_or_404(Category.objects.for_user(request.user), pk=pk)
    inside = list(Subcategory.objects.for_user(request.user).filter(category=category))
    form = MoveForm(posted(request), user=request.user, leaving=[subcategory.pk for subcategory in inside])

    def save() -> HttpResponse:
        agreed = has_agreed(request)
        services.delete_category(user=request.user, category_id=pk, target_id=form.target_id, agreed=agreed)
        return done(request, f"Deleted “{category.name}”.", HOME)

    return form_page(request, form, save, DELETE, lambda: _deleting(request, category, inside))


@page
def subcategory_add(request: UserRequest, pk: int) -> HttpResponse:
    category = get_object_or_404(Category.objects.for_user(request.user), pk=pk)
    form = SubcategoryForm(posted(request), user=request.user, initial={"category": category})

    def save() -> HttpResponse:
        name, parent = form.cleaned_data["name"], form.cleaned_data["category"].pk
        services.add_subcategory(user=request.user, category_id=parent, name=name)
        return done(request, f"Added “{name}”.", overview.address_of(parent))

    once_saved = once(request, save, overview.address_of(pk))
    return form_page(request, form, once_saved, FORM, {"title": "Add subcategory", "subject": None})


@edit_page
def subcategory_edit(request: UserRequest, pk: int) -> HttpResponse:
    subcategory = get_object_or_404(Subcategory.objects.for_user(request.user), pk=pk)
    known = {"name": subcategory.name, "category": subcategory.category_id}
    form = SubcategoryForm(posted(request), user=request.user, of_row=True, initial=known)

    def save() -> HttpResponse:
        name, parent = form.cleaned_data["name"], form.cleaned_data["category"].pk
        moved = {"subcategory_id": pk, "category_id": parent}
        services.update_subcategory(user=request.user, name=name, agreed=has_agreed(request), **moved)
        return done(request, f"Saved “{name}”.{kept_of(form)}", overview.address_of(parent))

    return form_page(request, form, save, FORM, {"title": "Edit subcategory", "subject": subcategory})


@page
def subcategory_merge(request: UserRequest, pk: int) -> HttpResponse:
    source = get_object_or_404(Subcategory.objects.for_user(request.user).select_related("category"), pk=pk)
    form = MergeForm(posted(request), user=request.user, leaving=pk)

    def save() -> HttpResponse:
        target = form.cleaned_data["target"]
        services.merge_subcategory(user=request.user, source=source, target=target, agreed=has_agreed(request))
        return done(request, f"Merged “{source.name}” into “{target.name}”.", overview.address_of(target.category_id))

    return form_page(request, form, save, MERGE, lambda: _merging(request, form, source, [pk]))


@page
def subcategory_delete(request: UserRequest, pk: int) -> HttpResponse:
    subcategory = get_object_or_404(Subcategory.objects.for_user(request.user), pk=pk)
    form = MoveForm(posted(request), user=request.user, leaving=[pk])

    def save() -> HttpResponse:
        target, agreed = form.target_id, has_agreed(request)
        services.delete_subcategory(user=request.user, subcategory_id=pk, target_id=target, agreed=agreed)
        return done(request, f"Deleted “{subcategory.name}”.", overview.address_of(subcategory.category_id))

    return form_page(request, form, save, DELETE, lambda: _deleting(request, subcategory, [subcategory]))


def _merging(
    request: UserRequest, form: MergeForm | MergeCategoryForm, source: Category | Subcategory, ids: list[int]
) -> dict[str, Any]:
    targets = field_of(form, "target", OwnField).queryset
    return {
        "source": source,
        "inside": len(ids),
        "what": services.in_use(user=request.user, subcategory_ids=ids),
        "has_other": targets is not None and targets.exists(),
    }


def _deleting(
    request: UserRequest, doomed: Category | Subcategory, subcategories: list[Subcategory]
) -> dict[str, Any]:
    ids = [subcategory.pk for subcategory in subcategories]
    return {
        "doomed": doomed,
        "subcategories": subcategories,
        "what": services.in_use(user=request.user, subcategory_ids=ids),
    }
