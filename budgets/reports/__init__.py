"""The pages under /reports/: each report's statement and page in a module of its own, one template for all."""
