"""Show a model's card, or make a model of somebody else's .onnx generator by adding one."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from trainer.commands import latent_argument
from trainer.commands.console import say
from trainer.export import onnx_import
from trainer.export.onnx_adapter import OnnxImportError
from trainer.export.onnx_import import Origin, Pixels
from trainer.report.card import to_markdown
from trainer.storage.onnx_metadata import read_card


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the subcommands `show` and `add`."""
    commands = parser.add_subparsers(required=True, metavar="show|add")

    command = commands.add_parser("show", help="print a model's card")
    command.add_argument("model", type=Path, help="the .onnx file")
    command.add_argument("--format", choices=("markdown", "json"), default="markdown", help="default: markdown")
    command.set_defaults(act=_show)

    command = commands.add_parser(
        "add",
        help="make a model of another program's .onnx generator",
        description="Write a model that the service serves: the graph of FILE between the input latent and the output "
        "images (uint8), and a card. It is run in ONNX Runtime before it is written.",
    )
    command.add_argument("file", type=Path, help="a generator with one float input (batch, dim) or (batch, dim, 1, 1)")
    command.add_argument(
        "--latent",
        type=latent_argument.variable,
        nargs="+",
        action="extend",
        required=True,
        metavar="VARIABLE",
        help="the input's parts in their order: z:100 is noise, c1:10=0,1,2,... labels, c2:-1..1 a range",
    )
    command.add_argument("--to", type=Path, required=True, help="the .onnx file to write; its stem is the model's name")
    command.add_argument("--output", help="the output that holds the images, where the graph has several")
    command.add_argument(
        "--layout", choices=("nchw", "nhwc"), help="order of the output's axes (default: by its shape)"
    )
    command.add_argument(
        "--range",
        type=float,
        nargs=2,
        metavar=("BLACK", "WHITE"),
        help="float values of black and white (default: 0 1 or -1 1, by the values of images)",
    )
    command.add_argument("--system", default="imported", help="what kind of GAN it is (default: imported)")
    command.add_argument("--dataset", default="unknown", help="what it was trained on; evaluate needs a known name")
    command.add_argument("--notice", help="what its licence asks whoever passes the file on to say")
    command.set_defaults(act=_add)


def run(options: argparse.Namespace) -> None:
    """Run the subcommand."""
    options.act(options)


def _show(options: argparse.Namespace) -> None:
    card = read_card(options.model)
    text = card.model_dump_json(indent=2, exclude_none=True) if options.format == "json" else to_markdown(card)
    sys.stdout.write(text.rstrip() + "\n")


def _add(options: argparse.Namespace) -> None:
    try:
        spec = latent_argument.spec(options.latent)
    except argparse.ArgumentTypeError as error:
        raise OnnxImportError(str(error)) from None
    pixels = Pixels(options.output, options.layout, tuple(options.range) if options.range else None)
    origin = Origin(options.system, options.dataset, options.notice)
    card, description = onnx_import.import_generator(options.file, spec, options.to, pixels, origin)
    say(f"{options.to}: {card.latent.layout()}; {description}")
