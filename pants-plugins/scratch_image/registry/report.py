"""What a run has published: the file for those who deploy it (reference → digest, as JSON), and what processes of the run
tell each other."""

from __future__ import annotations

import json
from typing import Dict, List, Mapping, Optional

from scratch_image.oci import canonical_json
from scratch_image.registry import location_cache
from scratch_image.registry.plan import PushPlan


def conflicts(plan: PushPlan) -> List[str]:
    """A sentence for each name that other processes of the run have given to another image: it would be gone."""
    taken = _read(plan.run_state, plan.run)
    found = []
    for push in plan.pushes:
        for reference in push.published(push.tags, whole=True):
            before = taken.get(reference, str(push.root))
            if before != str(push.root):
                found.append(
                    f"{push.name}: {reference} was published in this run already, as {before}, by another target\n"
                    "  fix: give one of them another `repository` or other `image_tags`"
                )
    return found


def write(plan: PushPlan, published: Mapping[str, str]) -> None:
    """Adds to the plan's report what is published; of another run, nothing stays in it. Raises OSError."""
    before = _read(plan.run_state, plan.run) if plan.run_state else _read(plan.report)
    every = {**before, **published}
    if plan.run_state:
        location_cache.replace(plan.run_state, canonical_json.encode({"run": plan.run, "published": every}))
    if plan.report:
        location_cache.replace(plan.report, canonical_json.encode(every) + b"\n")


def _read(path: Optional[str], of_run: Optional[str] = None) -> Dict[str, str]:
    """The texts in a file's object; nothing where there is none that can be read, or where it is of another run."""
    try:
        with open(path or "", "rb") as file:
            data = json.loads(file.read())
        if of_run is not None:
            data = data["published"] if data["run"] == of_run else {}
        return {key: value for key, value in data.items() if isinstance(value, str)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}
