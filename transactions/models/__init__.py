"""What happened: categories, the ledger of transactions, imports, and the summary kept beside it."""

from transactions.models.balance_checks import BalanceCheck
from transactions.models.bulk_actions import BulkAction
from transactions.models.categories import Category, FileCategory, Subcategory, Tag
from transactions.models.import_edits import ImportEdit
from transactions.models.import_profiles import ImportProfile
from transactions.models.imports import DeletedImport, ImportBatch, ImportReading
from transactions.models.jobs import Job, JobChunk
from transactions.models.ledger import Transaction
from transactions.models.rules import Rule
from transactions.models.saved_filters import SavedFilter
from transactions.models.summaries import SpendingSummary, UserSpendingSummary, ViewRefresh
from transactions.models.transfers import TransferRefusal

__all__ = [
    "BalanceCheck",
    "BulkAction",
    "Category",
    "DeletedImport",
    "FileCategory",
    "ImportBatch",
    "ImportEdit",
    "ImportProfile",
    "ImportReading",
    "Job",
    "JobChunk",
    "Rule",
    "SavedFilter",
    "SpendingSummary",
    "Subcategory",
    "Tag",
    "Transaction",
    "TransferRefusal",
    "UserSpendingSummary",
    "ViewRefresh",
]
