"""Rules that reject a drawing with visible faults."""

import numpy as np

from .cel import GROUPS, Cel, Group

MOST_ISLANDS = 90  # specks of parts, before they were given to their neighbors
LEAST_FACE = 0.16  # share of a face that other things leave to be seen
LEAST_INK = 0.004  # share of the drawing's pixels
LEAST_SUBJECT = 0.03  # share of the drawing that is neither paper nor backdrop


def find_faults(cel: Cel, islands: int) -> list[str]:
    """What is wrong with a finished drawing: nothing, or the names of the rules that it breaks.

    Args:
        cel: After all was drawn.
        islands: How many specks its parts had.
    """
    faults = []
    if islands > MOST_ISLANDS:
        faults.append("specks")
    groups = np.array([part.group for part in cel.table])
    skin = np.array([part.material == "skin" for part in cel.table])
    counts = np.bincount(cel.parts.ravel(), minlength=len(cel.table))
    for figure, area in cel.faces.items():
        shown = counts[(groups == figure * GROUPS + Group.FACE) & skin].sum()
        if shown < LEAST_FACE * area:
            faults.append("hidden face")
    if (cel.ink.pixels > 127).mean() < LEAST_INK:
        faults.append("hardly a line")
    behind = np.array([part.material in ("paper", "backdrop", "scenery") for part in cel.table])
    if counts[~behind].sum() < LEAST_SUBJECT * cel.parts.size:
        faults.append("hardly a subject")
    return faults
