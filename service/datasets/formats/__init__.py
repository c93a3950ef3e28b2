"""The formats of a shard, one file each, and their registry."""
