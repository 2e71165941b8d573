"""What the categories in files mean: names of a person's subcategories, remembered for the next file."""
