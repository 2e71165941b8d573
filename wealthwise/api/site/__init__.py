"""All operations together, their addresses and their description."""
