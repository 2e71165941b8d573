"""The API for people's own programs, under `/api/v1/`.

A program has a token (`tokens/`) and works through the services and querysets of the pages (`operations/`). What it
is refused is told as problem+json (RFC 9457).
"""
