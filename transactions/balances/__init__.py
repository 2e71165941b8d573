"""What accounts held at the ends of days, and which of their rows agree with the bank."""
