"""What each column of a user's table is, said once beside the columns and read by whoever has to know.

=========  ==================================  ========  =====================================
word       in the console                      exported  examples
=========  ==================================  ========  =====================================
public     shown to staff                      yes       names, kinds, days
private    masked until staff give a reason    yes       amounts and texts of a user
derived    masked until staff give a reason    no        what the database works out itself
internal   shown to staff                      no        what runs the site, such as a state
withheld   never, and not read                 no        hashes, tokens, uploaded files
=========  ==================================  ========  =====================================

The primary key and the owner need no word: they are shown, and an export replaces them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from django.apps import apps
from django.conf import settings
from django.db.models import Field, Model

type Table = type[Model]


class Columns:
    """The declaration of one table: ``columns = Columns(public="name kind", private="amount")``.

    ``survives_reset`` says why rows of an owned table stay when a user deletes everything they have.
    """

    def __init__(
        self,
        *,
        public: str = "",
        private: str = "",
        derived: str = "",
        internal: str = "",
        withheld: str = "",
        survives_reset: str = "",
    ) -> None:
        self.public, self.private = frozenset(public.split()), frozenset(private.split())
        self.derived, self.internal = frozenset(derived.split()), frozenset(internal.split())
        self.withheld = frozenset(withheld.split())
        self.declared = Counter(" ".join([public, private, derived, internal, withheld]).split())
        self.survives_reset = survives_reset

    @property
    def shown(self) -> frozenset[str]:
        return self.public | self.internal

    @property
    def masked(self) -> frozenset[str]:
        return self.private | self.derived

    @property
    def exported(self) -> frozenset[str]:
        return self.public | self.private


def declaration(model: Table) -> Columns | None:
    """What a model says of its columns; None when it says nothing, as the tables of libraries do."""
    found = getattr(model, "columns", None)
    return found if isinstance(found, Columns) else None


def is_owned(model: Table) -> bool:
    """Whether rows belong to a person."""
    return any(field.name == "user" and _is_person(field.related_model) for field in model._meta.concrete_fields)


def emptied_by_reset() -> list[Table]:
    """The models whose rows go when a user deletes everything they have, in the order of their labels."""
    declared = ((model, declaration(model)) for model in apps.get_models() if is_owned(model))
    found = [model for model, columns in declared if columns is not None and not columns.survives_reset]
    return sorted(found, key=lambda model: model._meta.label)


def mistakes(model: Table, columns: Columns | None) -> Iterator[str]:
    """Where a declaration does not fit its table, in sentences."""
    if columns is None:
        yield f"{model._meta.label} does not declare its columns: give it `columns = Columns(...)`."
        return
    there = {field.name for field in _without_keys(model)}
    yield from _each(there - columns.declared.keys(), f"is not declared in the columns of {model._meta.label}")
    yield from _each(columns.declared.keys() - there, f"is declared, and not a column of {model._meta.label}")
    twice = {name for name, times in columns.declared.items() if times > 1}
    yield from _each(twice, f"is declared twice in the columns of {model._meta.label}")


def exported_fields(model: Table) -> list["Field[object, object]"]:
    """The fields whose columns leave with an export, in the order of the model."""
    columns = declaration(model)
    return [] if columns is None else [field for field in _without_keys(model) if field.name in columns.exported]


def _without_keys(model: Table) -> list["Field[object, object]"]:
    fields = model._meta.concrete_fields
    return [field for field in fields if not field.primary_key and field.name not in ("pk", "user")]


def _is_person(model: object) -> bool:
    return isinstance(model, type) and issubclass(model, Model) and model._meta.label == settings.AUTH_USER_MODEL


def _each(names: Iterable[str], what: str) -> Iterator[str]:
    return (f"{name} {what}." for name in sorted(names))
