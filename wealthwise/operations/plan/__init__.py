"""The database plan as data, and the proof from the live catalog that each of its rows holds."""
