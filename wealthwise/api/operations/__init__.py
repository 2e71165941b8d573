"""What a program can ask for, a module a subject."""
