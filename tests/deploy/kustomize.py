"""What `kubectl kustomize FOLDER` prints, as far as our kustomizations need it: resources, patches and images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

Objects = dict[tuple[str, str], dict[str, Any]]
"""Kubernetes objects by kind and name."""


def by_name(text: str) -> Objects:
    """The objects of a file, or of a command's output."""
    return {(found["kind"], found["metadata"]["name"]): found for found in yaml.safe_load_all(text)}


def build(folder: Path) -> Objects:
    """The objects of a kustomization."""
    content = yaml.safe_load((folder / "kustomization.yaml").read_text())
    unknown = content.keys() - {"apiVersion", "kind", "resources", "patches", "images"}
    assert not unknown, f"{folder} needs more than this module can do: {unknown}"
    objects: Objects = {}
    for path in (folder / name for name in content["resources"]):
        objects |= build(path) if path.is_dir() else by_name(path.read_text())
    for patch in content.get("patches", []):
        for key, change in by_name((folder / patch["path"]).read_text()).items():
            objects[key] = merge(objects[key], change)
    for image in content.get("images", []):
        for container in containers(objects):
            if container["image"] == image["name"]:
                container["image"] += f":{image['newTag']}"
    return objects


def merge(base: Any, change: Any) -> Any:
    """A strategic merge: fields by their names, the items of a list by their `name` where they have one."""
    if isinstance(base, dict) and isinstance(change, dict):
        return base | {name: merge(base.get(name), value) for name, value in change.items()}
    if isinstance(base, list) and isinstance(change, list) and all("name" in item for item in (*base, *change)):
        named = {item["name"]: item for item in base}
        merged = named | {item["name"]: merge(named.get(item["name"]), item) for item in change}
        return sorted(merged.values(), key=lambda item: item["name"] in named)  # new items come first
    return change


def containers(objects: Objects) -> list[dict[str, Any]]:
    """The containers of every Deployment."""
    pods = [found["spec"]["template"]["spec"] for (kind, _), found in objects.items() if kind == "Deployment"]
    return [container for pod in pods for container in pod["containers"]]
