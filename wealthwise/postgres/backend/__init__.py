"""Django's backend of PostgreSQL, whose pool comes back at once, and which knows what a request has committed."""
