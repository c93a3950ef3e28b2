"""The formats of a shard, one file each, and the registry that finds them by ending."""
