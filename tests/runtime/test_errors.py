"""Every message is one line of bearable length."""

import pickle

import pytest

from paintstorch_sdk.errors import MAX_MESSAGE, BackendError, BundleError, InputError, OutputError, PaintsTorchError


@pytest.mark.parametrize("kind", [PaintsTorchError, InputError, OutputError, BackendError, BundleError])
def test_a_long_message_keeps_its_beginning_and_its_remedy(kind):
    message = str(kind("line.png: expected\n\tsomething, received " + "x" * 5000 + "; save it again"))
    assert message.startswith("line.png: expected\\n\\tsomething, received xxx")
    assert message.endswith("xxx; save it again")
    assert len(message) == MAX_MESSAGE


def test_a_short_message_stays():
    assert str(OutputError("out.png: cannot be written")) == "out.png: cannot be written"


def test_errors_cross_processes():
    assert str(pickle.loads(pickle.dumps(InputError("a: expected b")))) == "a: expected b"
