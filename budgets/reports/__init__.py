"""The pages under /reports/: ranges, prepared reports, views. What they read is in ``transactions.reports_*``."""
