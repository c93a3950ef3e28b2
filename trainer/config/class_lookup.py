"""The `kind` of a loss or a network in a recipe: one that ships, or a class of one's own by import path."""

from __future__ import annotations

import importlib
import inspect
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import Any, get_args

from pydantic import BaseModel, GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema


class KindError(ValueError):
    """A `kind` that names no class of the right base; the message says what is known or what failed."""


@dataclass(frozen=True, eq=False)
class ByKind:
    """Annotation of a table in a recipe whose `kind` chooses the class that validates it.

    `Annotated[BaseLoss, ByKind(BaseLoss, Loss)]` takes the `kind` of every class in the union `Loss`, and
    `package.module:Class` for any other subclass of `BaseLoss`. The table's other keys are the fields of that class.
    """

    base: type[BaseModel]
    shipped: Any  # a class or a union of classes, each with `kind: Literal[...]`

    @cached_property
    def kinds(self) -> dict[str, type[BaseModel]]:
        """The classes that ship, by kind."""
        return {kind: cls for cls in _classes(self.shipped) for kind in get_args(cls.model_fields["kind"].annotation)}

    def find(self, kind: object) -> type[BaseModel]:
        """The class that `kind` names; None stands for the one that ships with a default kind.

        Raises:
            KindError: there is none.
        """
        if isinstance(kind, str) and ":" in kind:
            return import_class(kind, self.base)
        if kind is None:
            default = next((cls for cls in self.kinds.values() if not cls.model_fields["kind"].is_required()), None)
            if default is not None:
                return default
        elif kind in self.kinds:
            return self.kinds[str(kind)]
        problem = "missing" if kind is None else f"unknown kind {kind!r}{did_you_mean(str(kind), self.kinds)}"
        raise KindError(f"{problem}; give one of {', '.join(self.kinds)}, or package.module:Class")

    def validate(self, table: Any) -> BaseModel:
        """The table as an instance of the class that its `kind` names.

        Raises:
            ValidationError: its `kind` names no class, or a key does not fit that class.
            PydanticCustomError: not a table.
        """
        if isinstance(table, self.base):
            return table
        if not isinstance(table, dict):
            raise PydanticCustomError("table_type", "Input should be a table with a kind")
        try:
            found = self.find(table.get("kind"))
        except KindError as error:
            problem = PydanticCustomError("kind", "{problem}", {"problem": str(error)})
            details = InitErrorDetails(type=problem, loc=("kind",), input=table.get("kind"))
            raise ValidationError.from_exception_data(self.base.__name__, [details]) from None
        return found.model_validate(table)  # pydantic merges its errors into those of the recipe, with their places

    def __get_pydantic_core_schema__(self, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        # Serialised by its own class: a schema of the base would leave out the fields of the subclass.
        by_class = core_schema.wrap_serializer_function_ser_schema(
            lambda table, serialise: serialise(table), schema=core_schema.any_schema()
        )
        return core_schema.no_info_plain_validator_function(self.validate, serialization=by_class)


def import_class(path: str, base: type[BaseModel]) -> type[BaseModel]:
    """The class at the import path `package.module:Class`, a concrete subclass of `base`.

    Importing runs the module, as `import` does: name only code that you trust.

    Raises:
        KindError: no such module, a module that fails to import, no such attribute, or not such a class.
    """
    module_name, _, name = path.partition(":")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name and f"{module_name}.".startswith(f"{error.name}."):
            raise KindError(
                f"{path}: no module {error.name!r}; it must be installed, in the current folder or on PYTHONPATH"
            ) from None
        raise KindError(f"{path}: {module_name} imports {error.name!r}, which is not installed") from error
    except Exception as error:  # a module's own code may raise anything
        raise KindError(f"{path}: {module_name} fails to import: {type(error).__name__}: {error}") from error
    found = getattr(module, name, None)
    if found is None:
        raise KindError(f"{path}: {module_name} has no {name!r}{did_you_mean(name, vars(module))}")
    if not (isinstance(found, type) and issubclass(found, base)):
        raise KindError(f"{path}: not a subclass of {base.__module__}:{base.__name__}")
    if inspect.isabstract(found):
        raise KindError(f"{path}: abstract; it must define {', '.join(sorted(found.__abstractmethods__))}")
    return found


def did_you_mean(word: str, known: Any) -> str:
    """`; did you mean 'a' or 'b'?` for the names in `known` that are close to `word`; empty where none is."""
    near = get_close_matches(word, known)
    return f"; did you mean {' or '.join(map(repr, near))}?" if near else ""


def _classes(union: Any) -> list[type[BaseModel]]:
    """The models in a class, a union or an annotated union."""
    if isinstance(union, type) and issubclass(union, BaseModel):
        return [union]
    return [cls for part in get_args(union) for cls in _classes(part)]
