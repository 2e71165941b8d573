"""Changing many transactions at once, and taking the last such change back."""
