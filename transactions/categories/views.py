"""Pages of categories and subcategories."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from accounts.people.requests import PersonRequest
from transactions.categories import overview, services
from transactions.categories.forms import CategoryForm, MoveForm, SubcategoryForm
from transactions.models import Category, Subcategory
from transactions.summaries import totals
from wealthwise.core.forms import attempt, page, posted

HOME = "transactions:categories"


@require_safe
def categories(request: PersonRequest) -> HttpResponse:
    """The tree, narrowed by ``?q=``; asked by htmx, only the tree."""
    context = overview.context(
        totals.category_tree(request.user), wanted=request.GET.get("q", ""), opened=request.GET.get("open", "")
    )
    template = "transactions/categories.html#tree" if request.htmx else "transactions/categories.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_POST
def add_defaults(request: PersonRequest) -> HttpResponse:
    count = services.add_default_categories(user=request.user)
    messages.success(request, f"Added {count} subcategories." if count else "You have all of them already.")
    return redirect(HOME)


@page
def category_add(request: PersonRequest) -> HttpResponse:
    form = CategoryForm(posted(request), initial={"kind": request.GET.get("kind", Category.Kind.EXPENSE)})
    if request.method == "POST" and attempt(
        form, lambda: services.add_category(user=request.user, **form.cleaned_data)
    ):
        messages.success(request, f"Added “{form.cleaned_data['name']}”.")
        return redirect(HOME)
    return _form_page(request, form, "Add category")


@page
def category_edit(request: PersonRequest, pk: int) -> HttpResponse:
    category = get_object_or_404(Category.objects.for_user(request.user), pk=pk)
    form = CategoryForm(posted(request), initial={"name": category.name, "kind": category.kind})
    if request.method == "POST" and attempt(
        form, lambda: services.update_category(user=request.user, category_id=pk, **form.cleaned_data)
    ):
        messages.success(request, f"Saved “{form.cleaned_data['name']}”.")
        return redirect(overview.address_of(pk))
    return _form_page(request, form, "Edit category", category)


@page
def category_delete(request: PersonRequest, pk: int) -> HttpResponse:
    category = get_object_or_404(Category.objects.for_user(request.user), pk=pk)
    inside = list(Subcategory.objects.for_user(request.user).filter(category=category))
    form = MoveForm(posted(request), user=request.user, leaving=[subcategory.pk for subcategory in inside])
    if request.method == "POST" and attempt(
        form,
        lambda: services.delete_category(user=request.user, category_id=pk, target_id=_target(form)),
    ):
        messages.success(request, f"Deleted “{category.name}”.")
        return redirect(HOME)
    return _delete_page(request, form, category, inside)


@page
def subcategory_add(request: PersonRequest, pk: int) -> HttpResponse:
    category = get_object_or_404(Category.objects.for_user(request.user), pk=pk)
    form = SubcategoryForm(posted(request), user=request.user, initial={"category": category})
    if request.method == "POST" and attempt(
        form, lambda: services.add_subcategory(user=request.user, **_named_in(form))
    ):
        messages.success(request, f"Added “{form.cleaned_data['name']}”.")
        return redirect(overview.address_of(form.cleaned_data["category"].pk))
    return _form_page(request, form, "Add subcategory")


@page
def subcategory_edit(request: PersonRequest, pk: int) -> HttpResponse:
    subcategory = get_object_or_404(Subcategory.objects.for_user(request.user), pk=pk)
    known = {"name": subcategory.name, "category": subcategory.category_id}
    form = SubcategoryForm(posted(request), user=request.user, initial=known)
    if request.method == "POST" and attempt(
        form,
        lambda: services.update_subcategory(user=request.user, subcategory_id=pk, **_named_in(form)),
    ):
        messages.success(request, f"Saved “{form.cleaned_data['name']}”.")
        return redirect(overview.address_of(form.cleaned_data["category"].pk))
    return _form_page(request, form, "Edit subcategory", subcategory)


@page
def subcategory_delete(request: PersonRequest, pk: int) -> HttpResponse:
    subcategory = get_object_or_404(Subcategory.objects.for_user(request.user), pk=pk)
    form = MoveForm(posted(request), user=request.user, leaving=[pk])
    if request.method == "POST" and attempt(
        form,
        lambda: services.delete_subcategory(user=request.user, subcategory_id=pk, target_id=_target(form)),
    ):
        messages.success(request, f"Deleted “{subcategory.name}”.")
        return redirect(overview.address_of(subcategory.category_id))
    return _delete_page(request, form, subcategory, [subcategory])


def _target(form: MoveForm) -> int | None:
    target = form.cleaned_data["target"]
    return target.pk if target else None


def _named_in(form: SubcategoryForm) -> dict[str, Any]:
    return {"name": form.cleaned_data["name"], "category_id": form.cleaned_data["category"].pk}


def _form_page(
    request: PersonRequest,
    form: CategoryForm | SubcategoryForm,
    title: str,
    subject: Category | Subcategory | None = None,
) -> HttpResponse:
    status = 422 if form.is_bound and form.errors else 200
    context = {"form": form, "title": title, "subject": subject}
    return render(request, "transactions/category_form.html", context, status=status)


def _delete_page(
    request: PersonRequest, form: MoveForm, doomed: Category | Subcategory, subcategories: list[Subcategory]
) -> HttpResponse:
    ids = [subcategory.pk for subcategory in subcategories]
    context = {
        "form": form,
        "doomed": doomed,
        "subcategories": subcategories,
        "what": services.in_use(user=request.user, subcategory_ids=ids),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "transactions/category_delete.html", context, status=status)
