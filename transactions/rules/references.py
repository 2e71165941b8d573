"""Rules and the names that files have for categories follow the subcategory that they file under."""

from accounts.models import User
from transactions.models import FileCategory, Rule
from wealthwise.core.locales import counted


class RuleReference:
    """Rules go with the transactions of their subcategory. Called with the subcategories locked.

    Names that files have for it go along too, and keep nothing: without another subcategory they are asked for again.
    """

    def in_words(self, *, user: User, subcategory_ids: list[int]) -> str:
        """Such as "2 rules"; empty for none."""
        count = Rule.objects.for_user(user).filter(subcategory_id__in=subcategory_ids).count()
        return counted(count, "rule") if count else ""

    def move(self, *, user: User, source_ids: list[int], target_id: int) -> None:
        """Make what files under the sources file under the target."""
        Rule.objects.for_user(user).filter(subcategory_id__in=source_ids).update(subcategory_id=target_id)
        FileCategory.objects.for_user(user).filter(subcategory_id__in=source_ids).update(subcategory_id=target_id)
