"""What transactions are filed under: categories with their subcategories, and tags."""

from typing import Any, Literal

from ninja import Router, Schema, Status

from transactions.categories import services
from transactions.models import Category, Tag
from transactions.models.cached_names import Names, names_of
from transactions.tags import services as tags
from wealthwise.api.authentication import ApiRequest
from wealthwise.api.problems import not_found
from wealthwise.api.repeating import create_once
from wealthwise.api.schemas import Name, Sent, SmallKey, SmallPath, text

router = Router(tags=["Categories and tags"])
Kind = Literal["expense", "income"]


class SubcategorySeen(Schema):
    id: int
    name: str
    category: int
    is_archived: bool


class CategorySeen(Schema):
    id: int
    name: str
    kind: Kind
    is_archived: bool
    subcategories: list[SubcategorySeen]


class CategoriesSeen(Schema):
    categories: list[CategorySeen]


class CategorySent(Sent):
    name: Name
    kind: Kind = "expense"


class SubcategorySent(Sent):
    name: Name
    category: SmallKey


class TagSeen(Schema):
    id: int
    name: str


class TagsSeen(Schema):
    tags: list[TagSeen]


class TagSent(Sent):
    name: text(tags.LONGEST)  # type: ignore[valid-type]  # made by a function


@router.get("/categories", response=CategoriesSeen, summary="List categories with their subcategories")
def list_categories(request: ApiRequest) -> dict[str, Any]:
    names = names_of(request.user)
    return {"categories": [_category(names, pk) for pk in names.categories]}


@router.post("/categories", response={201: CategorySeen, 200: CategorySeen}, summary="Add a category")
def create_category(request: ApiRequest, sent: CategorySent) -> Status[Any]:
    def create() -> list[int]:
        return [services.add_category(user=request.user, name=sent.name, kind=sent.kind).pk]

    status, made = create_once(request, sent, create)
    return Status(status, _category(names_of(request.user), made[0]))


@router.put("/categories/{category_id}", response=CategorySeen, summary="Rename a category, or change its kind")
def change_category(
    request: ApiRequest, category_id: SmallPath, sent: CategorySent, *, agreed: bool = False
) -> dict[str, Any]:
    services.update_category(user=request.user, category_id=category_id, name=sent.name, kind=sent.kind, agreed=agreed)
    return _category(names_of(request.user), category_id)


@router.delete("/categories/{category_id}", response={204: None}, summary="Delete a category")
def delete_category(
    request: ApiRequest, category_id: SmallPath, *, target: SmallPath | None = None, agreed: bool = False
) -> Status[None]:
    """What is filed under it moves to the subcategory `target`, which is needed where there is something."""
    if category_id not in names_of(request.user).categories:
        raise not_found()
    services.delete_category(user=request.user, category_id=category_id, target_id=target, agreed=agreed)
    return Status(204, None)


@router.post("/subcategories", response={201: SubcategorySeen, 200: SubcategorySeen}, summary="Add a subcategory")
def create_subcategory(request: ApiRequest, sent: SubcategorySent) -> Status[Any]:
    def create() -> list[int]:
        return [services.add_subcategory(user=request.user, category_id=sent.category, name=sent.name).pk]

    status, made = create_once(request, sent, create)
    return Status(status, _subcategory(names_of(request.user), made[0]))


@router.put("/subcategories/{subcategory_id}", response=SubcategorySeen, summary="Rename or move a subcategory")
def change_subcategory(
    request: ApiRequest, subcategory_id: SmallPath, sent: SubcategorySent, *, agreed: bool = False
) -> dict[str, Any]:
    services.update_subcategory(
        user=request.user,
        subcategory_id=subcategory_id,
        category_id=sent.category,
        name=sent.name,
        agreed=agreed,
    )
    return _subcategory(names_of(request.user), subcategory_id)


@router.delete("/subcategories/{subcategory_id}", response={204: None}, summary="Delete a subcategory")
def delete_subcategory(
    request: ApiRequest, subcategory_id: SmallPath, *, target: SmallPath | None = None, agreed: bool = False
) -> Status[None]:
    """What is filed under it moves to the subcategory `target`, which is needed where there is something."""
    services.delete_subcategory(user=request.user, subcategory_id=subcategory_id, target_id=target, agreed=agreed)
    return Status(204, None)


@router.get("/tags", response=TagsSeen, summary="List tags")
def list_tags(request: ApiRequest) -> dict[str, Any]:
    return {"tags": [{"id": pk, "name": name} for pk, name in names_of(request.user).tags.items()]}


@router.post("/tags", response={201: TagSeen, 200: TagSeen}, summary="Add a tag")
def create_tag(request: ApiRequest, sent: TagSent) -> Status[Any]:
    status, made = create_once(request, sent, lambda: [tags.add_tag(user=request.user, name=sent.name).pk])
    return Status(status, _tag(request, made[0]))


@router.put("/tags/{tag_id}", response=TagSeen, summary="Rename a tag")
def change_tag(request: ApiRequest, tag_id: SmallPath, sent: TagSent) -> dict[str, Any]:
    tags.rename_tag(user=request.user, tag_id=tag_id, name=sent.name)
    return _tag(request, tag_id)


@router.delete("/tags/{tag_id}", response={204: None}, summary="Delete a tag, and take it off every row")
def delete_tag(request: ApiRequest, tag_id: SmallPath) -> Status[None]:
    tags.delete_tag(user=request.user, tag_id=tag_id)
    return Status(204, None)


def _category(names: Names, pk: int) -> dict[str, Any]:
    if pk not in names.categories:
        raise not_found()
    return {
        "id": pk,
        "name": names.categories[pk],
        "kind": Category.Kind.INCOME.value if pk in names.income else Category.Kind.EXPENSE.value,
        "is_archived": pk in names.archived_categories,
        "subcategories": [_subcategory(names, inner) for inner in names.inside(pk)],
    }


def _subcategory(names: Names, pk: int) -> dict[str, Any]:
    if pk not in names.subcategories:
        raise not_found()
    category = names.category_of[pk]
    return {"id": pk, "name": names.subcategories[pk], "category": category, "is_archived": pk in names.archived}


def _tag(request: ApiRequest, pk: int) -> dict[str, Any]:
    found = Tag.objects.for_user(request.user).filter(pk=pk).first()
    if found is None:
        raise not_found()
    return {"id": found.pk, "name": found.name}
