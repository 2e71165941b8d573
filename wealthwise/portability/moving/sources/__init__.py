"""What other applications write, each read into the one model of `model`; `recognised` says which is which."""
