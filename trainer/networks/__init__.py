"""The networks a recipe can name, one a file."""
