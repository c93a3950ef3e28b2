"""What does not fit in a recipe, in words: every key by its path, an unknown one beside those that are known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, get_args

from pydantic import BaseModel, ValidationError

from trainer.config.class_lookup import ByKind, KindError, did_you_mean


def describe(error: ValidationError, model: type[BaseModel], content: Any) -> list[str]:
    """A line for every problem that `model` found in `content`: the key's dotted path and what is wrong with it."""
    return [_line(problem, model, content) for problem in error.errors()]


def _line(problem: Mapping[str, Any], model: type[BaseModel], content: Any) -> str:
    if not problem["loc"]:
        return f"recipe: {problem['msg']}"
    *place, key = problem["loc"]
    annotation, table, path = _walk(place, model, content)
    message = problem["msg"]
    if problem["type"] == "extra_forbidden":
        known = list(_model(annotation, table).model_fields)
        message = f"unknown key{did_you_mean(str(key), known)}; known: {', '.join(known)}"
    return f"{'.'.join([*path, str(key)])}: {message}"


def _walk(place: list[str | int], model: type[BaseModel], content: Any) -> tuple[Any, Any, list[str]]:
    """What stands at `place` in the `content` of a `model`: its annotation, its content and its path in the file.

    The place of an error also names the member of a union; the path does not.
    """
    annotation: Any = model
    path = []
    for key in place:
        if isinstance(key, int):
            content = content[key]
        elif field := _model(annotation, content).model_fields.get(key):
            annotation, content = Annotated[field.annotation, *field.metadata, None], content[key]
        else:
            continue
        path.append(str(key))
    return annotation, content, path


def _model(annotation: Any, content: Any) -> type[BaseModel]:
    """The class among those in `annotation` that the `kind` in `content` chooses."""
    kind = content.get("kind") if isinstance(content, dict) else None
    found = list(_parts(annotation))
    for part in found:
        if isinstance(part, ByKind):
            try:
                return part.find(kind)
            except KindError:
                return part.base
    models: list[type[BaseModel]] = [part for part in found if isinstance(part, type)]
    return next((m for m in models if "kind" in m.model_fields and kind in _kinds(m)), models[0])


def _kinds(model: type[BaseModel]) -> tuple[Any, ...]:
    return get_args(model.model_fields["kind"].annotation)


def _parts(annotation: Any) -> Iterator[Any]:
    """The models and the `ByKind`s in an annotation."""
    if isinstance(annotation, ByKind) or (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        yield annotation
    for part in get_args(annotation):
        yield from _parts(part)
