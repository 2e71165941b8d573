"""What is planned: periods, their budgets, allocations, income, recurring items that fill them, and what is due."""

from budgets.models.budgets import Budget, BudgetAllocation, CarryBasis, CarryBy, CarryOver, IncomeSource
from budgets.models.periods import BudgetPeriod, CycleKind, PeriodType
from budgets.models.recurring import RecurringBudgetAllocation, RecurringIncomeSource
from budgets.models.schedules import Schedule, ScheduleAnswer

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
    "Schedule",
    "ScheduleAnswer",
]
