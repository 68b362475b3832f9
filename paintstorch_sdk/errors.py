"""Every error that this package raises on purpose. Each says what was expected, what came, and what to do.

PaintsTorchError
├── InputError            the caller's data or arguments
│   ├── ImageError            not a picture that we read
│   └── HintError             not hints, or not for this line art
├── OutputError           a result could not be written
├── ModelError            the model's files
│   ├── BundleError           a bundle that is missing, damaged or of another schema
│   └── CheckpointError       weights that do not fit the networks
└── BackendError          a backend that cannot run here, or failed
"""

MAX_MESSAGE = 500  # characters


def name_install(extra: str) -> str:
    """How to install an extra of this package, for messages: from an index, and in a clone of its repository."""
    return f"pip install 'paintstorch-sdk[{extra}]' (in a clone: pip install -e '.[{extra}]')"


class PaintsTorchError(Exception):
    """Root of all errors of this package; its message is one line of at most 500 characters, fit to be shown."""

    def __str__(self) -> str:
        line = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in super().__str__())
        if len(line) <= MAX_MESSAGE:
            return line
        end = MAX_MESSAGE // 4  # the remedy stands there
        return f"{line[: MAX_MESSAGE - end - 5]} ... {line[-end:]}"


class PaintsTorchWarning(UserWarning):
    """Something was done that the caller may not have meant; one line, as the errors are."""


class InputError(PaintsTorchError, ValueError):
    """The caller's data or arguments are not what was expected."""


class ImageError(InputError):
    """Not a picture that we read: damaged, empty, too large, of an unknown kind."""


class HintError(InputError):
    """Hints that cannot be read, or that do not fit the line art."""


class OutputError(PaintsTorchError, OSError):
    """A result could not be written."""


class ModelError(PaintsTorchError):
    """The model's files are not usable."""


class BundleError(ModelError):
    """A bundle that is missing, damaged, or of a schema that this version does not read."""


class CheckpointError(ModelError):
    """Weights that are damaged or do not fit the networks."""


class BackendError(PaintsTorchError, RuntimeError):
    """A backend that cannot run here as asked, or that failed while running."""
