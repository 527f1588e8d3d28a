"""Why nothing was written."""


class Refused(Exception):
    """The service cannot be made as asked; the sentence says why and what to do. Nothing was changed."""
