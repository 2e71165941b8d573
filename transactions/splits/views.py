"""The page of a split: of a row that is to be split, or of all parts of one that is."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.people.requests import UserRequest
from transactions.balances.notices import say_what_differs
from transactions.models import Transaction
from transactions.splits import services
from transactions.splits.forms import SplitForm, rest_typed
from wealthwise.core.errors import DomainError
from wealthwise.core.forms import form_page, has_agreed, page, posted, way_back
from wealthwise.core.money import format_typed

PAGE = "transactions/splits/split.html"


@page
def split(request: UserRequest, pk: int) -> HttpResponse:
    """Asked with ``more``, the same with further empty parts, and nothing is saved."""
    mine = Transaction.objects.for_user(request.user)
    row, back = get_object_or_404(mine, pk=pk), way_back(request)
    if row.transfer_id:
        messages.error(request, "A transfer is neither spending nor income, so there is nothing to split.")
        return redirect("transactions:edit", pk)
    rows = list(mine.parts(row.split_id)) if row.split_id else [row]
    form = SplitForm(posted(request), user=request.user, rows=rows)
    context = {"row": rows[0], "back": back}
    if "more" in request.POST:
        return render(request, PAGE, {"form": form, **context})

    def save() -> HttpResponse:
        try:
            action = services.split(
                user=request.user, row_id=pk, booking=form.booking(), parts=form.said_parts(),
                shown=form.cleaned_data["shown"], agreed=has_agreed(request),
            )  # fmt: skip
        except services.SplitMeanwhile:
            form.show_again(services.state_of(user=request.user, row_id=pk))
            raise
        say_what_differs(request)
        said = f"Saved “{form.cleaned_data['description']}” in {len(form.said_parts())} parts."
        messages.success(request, said, extra_tags=f"undo {action}")
        return redirect(back)

    return form_page(request, form, save, PAGE, context)


@require_POST
def rest(request: UserRequest) -> HttpResponse:
    """What is left while amounts are typed; nothing is read or written."""
    sent = request.POST.get("parts", "")
    count = int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 4 else 0
    left, said = rest_typed(request.user, request.POST, count)
    fill = format_typed(left, request.user.currency) if left > 0 else ""
    return render(request, "transactions/splits/rest.html", {"said": said, "fill": fill, "is_whole": not left})


@require_POST
def join(request: UserRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Transaction.objects.for_user(request.user), pk=pk)
    back = way_back(request)
    try:
        action = services.join_parts(user=request.user, row_id=pk)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect(reverse("transactions:edit", args=[pk]))
    messages.success(request, f"“{row.description}” is one row again.", extra_tags=f"undo {action}")
    return redirect(back)
