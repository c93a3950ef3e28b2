"""Recipes: one strict TOML file a system, and the schema that checks it."""
