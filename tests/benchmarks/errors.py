"""Why there is no report."""


class CannotMeasure(Exception):
    """Something that a measurement needs is not there or does not work; the text says what, and what helps."""


class CommandFailed(CannotMeasure):
    """A command ended with another exit status than 0; the text is the end of what it said."""


class DigestsDiffer(CannotMeasure):
    """Runs that must write the same bytes did not."""
