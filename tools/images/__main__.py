"""`make images`: a container image of every service and of the operator (SERVICE=auth for one), unless it is there already.

`--push 127.0.0.1:5000` sends them to a registry, by the digest of what is in each, or by `--tag 1.0.0`, which charts and operator
name. `--save FOLDER` writes each into a file. `--image NAME` is what skaffold asks for:
one image by its name in a registry, such as codezest-auth, codezest-operator or codezest-trials. What was made is printed last, an
image a line.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from tools.database.services import services
from tools.images.base import base
from tools.images.builders import Builder, builder
from tools.images.commands import ImageError
from tools.images.context import TARGETS, lay_out, recipe, revision
from tools.images.trials import trials
from tools.images.wheels import OPERATOR
from tools.toolchain.cache import Cache
from tools.toolchain.errors import ToolError

TRIALS = "trials"  # what a trial needs beside the services


def main() -> None:
    """Build, then push or save; exit 1 with what to do."""
    options = _options()
    try:
        made = [_made(service, options) for service in options.service or _ours()]
    except (ImageError, ToolError) as error:
        sys.exit(str(error))
    print("\n".join(made))


def say(text: str) -> None:
    """Progress, beside the result."""
    print(f"{time.strftime('%H:%M:%S')}  {text}", file=sys.stderr, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make images", description=__doc__)
    parser.add_argument("--service", action="append", choices=_ours(), help="only this one; may be repeated")
    parser.add_argument("--target", choices=TARGETS, default="service", help="dev: with reload, for skaffold")
    parser.add_argument("--base", help="an image with Python 3.11 to stand on")
    parser.add_argument("--push", metavar="REGISTRY", help="send each to this registry")
    parser.add_argument("--image", help="make only this one, by this name")
    parser.add_argument("--push-image", choices=("true", "false"), default="false", help="send it there, too")
    parser.add_argument("--tag", help="push each by this tag, the same for all")
    parser.add_argument("--save", metavar="FOLDER", type=Path, help="write each into a file")
    options = parser.parse_args()
    if options.tag and not options.push:
        parser.error("--tag is what images are pushed by: say where to by --push")
    if options.image:
        options.service = [_named(options.image, parser)]
    return options


def _named(image: str, parser: argparse.ArgumentParser) -> str:
    name = image.rpartition("/")[2].partition(":")[0].removeprefix("codezest-")
    if name not in (*_ours(), TRIALS):
        parser.error(f"--image {image} is none of ours: codezest-{', codezest-'.join((*_ours(), TRIALS))}")
    return name


def _ours() -> list[str]:
    return [*services(), OPERATOR]


def _made(service: str, options: argparse.Namespace) -> str:
    program, cache = builder(), Cache.of(os.environ).root / "images"
    stands_on = options.base or base(program, cache=cache, say=say)
    image = _image(program, service, options.target, stands_on, cache)
    name = f"codezest-{service}:{options.tag or image.rpartition(':')[2]}"
    if options.save:
        options.save.mkdir(parents=True, exist_ok=True)
        program.save(image, options.save / f"codezest-{service}.tar")
    if options.image:
        program.tag(image, options.image)
        if options.push_image == "true":
            program.push(image, options.image)
        return str(options.image)
    if options.push:
        program.push(image, f"{options.push}/{name}")
        return f"{options.push}/{name}"
    return image


def _image(program: Builder, service: str, target: str, stands_on: str, cache: Path) -> str:
    if service == TRIALS:
        libraries = _image(program, "notifications", "service", stands_on, cache)
        return trials(program, libraries=libraries, cache=cache, say=say)
    of = recipe(service, target=target, base=program.identity(stands_on))
    image = f"localhost/codezest-{service}:{of.tag}"
    if program.has(image):
        say(f"{image} is there")
        return image
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="codezest-image-") as folder:
        lay_out(of, Path(folder), wheelhouse=cache / "wheels")
        arguments = {"BASE": stands_on, "SERVICE": service, "REVISION": revision()}
        program.make(Path(folder), image=image, target=of.target, arguments=arguments)
    say(f"{image} made in {time.monotonic() - started:.1f} s")
    return image


if __name__ == "__main__":
    main()
