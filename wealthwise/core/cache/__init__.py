"""How the cache is reached: a breaker for one that is gone or hangs, and the form in which things are kept there."""
