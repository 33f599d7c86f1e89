"""The measuring process: `python -m scratch_image.compare.measure DIRECTORY`.

In: a directory with an OCI image layout. Out: the ImageSizes of its images as JSON, on stdout; or exit status 1 with a
sentence on stderr.
"""

from __future__ import annotations

import sys
from typing import List, Tuple

from scratch_image.compare.contents import Contents, files_of
from scratch_image.compare.image import ImageOf, read_side
from scratch_image.compare.packaging import Read
from scratch_image.compare.sizes import ImageSizes, LayerSize, to_json
from scratch_image.compare.source import opened
from scratch_image.layout.limits import DEFAULT, Limits
from scratch_image.layout.problems import Problems, Unreadable

# The table of time zones alone has six hundred files.
_MOST_FILES = 1000


def main(args: List[str]) -> int:
    """Runs the process, and returns its exit status."""
    (directory,) = args
    try:
        images = measure(directory)
    except (OSError, Unreadable) as error:
        print(f"the image cannot be measured: {error}", file=sys.stderr)
        return 1
    sys.stdout.buffer.write(to_json(images))
    return 0


def measure(name: str, limits: Limits = DEFAULT) -> Tuple[ImageSizes, ...]:
    """The sizes of the images that an operand of `diff` names. Raises OSError and Unreadable."""
    problems = Problems(limits.problems)
    with opened(name, problems, limits) as source:
        side = read_side(source, problems, limits)
        if side.blobs is None:
            raise Unreadable("there is only a report, and no layers; name a directory with the layout, or an archive")
        contents = Contents(side.blobs)
        return tuple(sizes_of(image, read_layers(image, contents)) for image in side.images)


def read_layers(image: ImageOf, contents: Contents) -> List[Read]:
    """All layers of an image. Raises OSError, and Unreadable where one cannot be read to its end."""
    layers = contents.read(image.layers)
    if layers is None:
        raise Unreadable(contents.unread[0])
    return layers


def sizes_of(image: ImageOf, layers: List[Read]) -> ImageSizes:
    """The sizes of an image whose layers were read."""
    numbers = {id(each.blob): number for number, each in enumerate(layers)}
    files = [
        (f"/{path}", item.node.size, numbers.get(id(item.blob), 0))
        for path, item in files_of(layers).items()
        if item.node.size
    ]
    files.sort(key=lambda file: (-file[1], file[0]))
    shown, rest = files[:_MOST_FILES], files[_MOST_FILES:]
    values = image.configuration.values if image.configuration else {}
    command = (*values.get("entrypoint", ()), *values.get("cmd", ()), "")
    return ImageSizes(
        image.platform,
        command[0],
        tuple(LayerSize(each.layer.created_by, each.blob.size, each.blob.unpacked, each.layer.digest) for each in layers),
        tuple((path, size) for path, size, _ in shown),
        len(rest),
        sum(size for _, size, _ in rest),
        image.digest,
        tuple(layer for _, _, layer in shown),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
