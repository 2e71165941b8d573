"""What is planned: periods, their budgets, allocations, income, and the recurring items that fill them."""

from budgets.models.budgets import Budget, BudgetAllocation, CarryBasis, CarryBy, CarryOver, IncomeSource
from budgets.models.periods import BudgetPeriod, CycleKind, PeriodType
from budgets.models.recurring import RecurringBudgetAllocation, RecurringIncomeSource

__all__ = [
    "Budget",
    "BudgetAllocation",
    "BudgetPeriod",
    "CarryBasis",
    "CarryBy",
    "CarryOver",
    "CycleKind",
    "IncomeSource",
    "PeriodType",
    "RecurringBudgetAllocation",
    "RecurringIncomeSource",
]
