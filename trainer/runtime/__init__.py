"""How torch runs: its processes, the number format of its networks, and the memory it allocates."""
