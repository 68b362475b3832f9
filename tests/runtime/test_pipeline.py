import gc
import threading
import weakref

import numpy as np
import pytest
from PIL import Image

from paintstorch_sdk.backend import Backend
from paintstorch_sdk.errors import BackendError, HintError, ImageError, InputError, OutputError
from paintstorch_sdk.hints.model import Hints, Stroke
from paintstorch_sdk.imaging.geometry import Geometry
from paintstorch_sdk.look import Look
from paintstorch_sdk.pipeline import Outcome, color_frames
from paintstorch_sdk.sheet import Sheet

BEYOND = 40  # far more frames than are read ahead with batches of up to 4


class CopyingBackend(Backend):
    """Paints the line art itself, in gray, and keeps what it was asked for."""

    name, device, precision = "copying", "cpu", "fp32"

    def __init__(self, fails=None):
        self.batches = []
        self.hints = []
        self.threads = set()
        self._fails = fails

    def _encode(self, line_art):
        self.batches.append(line_art.shape)
        self.threads.add(threading.current_thread())
        if self._fails is not None:
            raise self._fails
        return (line_art,)

    def _paint(self, encoded, hints):
        self.hints.extend(hints)
        return np.repeat(encoded.sums[0], 3, axis=1)

    def _release(self):
        pass


def frame(value, width=40, height=33):
    """Line art that the copying backend paints in one gray: `value` levels under white (dim paper is whitened)."""
    return np.full((height, width), 255 - value, np.uint8)


def run(frames, backend=None, finish=lambda index, colored: colored.picture, *, batch_size=4, size=64, confidence=0.0):
    pairs = (entry if isinstance(entry, tuple) else (entry, None) for entry in frames)
    backend = backend or CopyingBackend()
    look = Look("soft", lines="none")
    return color_frames(backend, pairs, finish, size=size, batch_size=batch_size, confidence=confidence, look=look)


def values(results):
    return [255 - outcome.value.getpixel((0, 0))[0] for outcome in results]


def threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("paintstorch")]


@pytest.fixture(autouse=True)
def _no_thread_is_left():
    assert threads() == []
    yield
    if threads():
        gc.collect()
    assert threads() == []


class TestOrder:
    @pytest.mark.parametrize("batch_size", [1, 2, 3, 4, 7, 100])
    @pytest.mark.parametrize("count", [0, 1, 4, 5, 25])
    def test_frames_come_in_their_order(self, batch_size, count):
        results = list(run(map(frame, range(count)), batch_size=batch_size))
        assert [outcome.index for outcome in results] == list(range(count))
        assert values(results) == list(range(count))
        assert all(outcome.error is None for outcome in results)

    def test_a_sheet_that_was_read_ahead_is_taken_at_the_size_of_the_backend(self):
        backend = CopyingBackend()
        backend.min_input_size = (96, 64)
        sheets = [Sheet.load(frame(7), 64), Sheet.load(frame(9, 90, 60), 128)]
        results = run(sheets, backend, lambda index, colored: (colored.picture, colored.sheet), batch_size=1)
        assert [255 - outcome.value[0].getpixel((0, 0))[0] for outcome in results] == [7, 9]
        assert backend.batches == [(1, 1, 64, 96)] * 2

    def test_slow_frames_are_not_overtaken(self):
        """The first frame is finished last."""
        last = threading.Event()

        def finish(index, colored):
            if index == 0:
                assert last.wait(60)
            if index == 3:
                last.set()
            return index

        assert [outcome.value for outcome in run(map(frame, range(6)), finish=finish, batch_size=2)] == list(range(6))

    def test_frames_are_finished_at_the_same_time(self):
        """Finishing a frame does not hold the others up."""
        together = threading.Barrier(2, timeout=60)
        results = list(run(map(frame, range(2)), finish=lambda *_: together.wait(), batch_size=2))
        assert sorted(outcome.value for outcome in results) == [0, 1]

    def test_the_network_runs_in_the_caller_s_thread(self):
        backend = CopyingBackend()
        list(run(map(frame, range(5)), backend))
        assert backend.threads == {threading.current_thread()}


class TestBatches:
    def test_frames_of_one_size_run_together(self):
        backend = CopyingBackend()
        list(run(map(frame, range(10)), backend))
        assert [shape[0] for shape in backend.batches] == [4, 4, 2]

    def test_sizes_are_not_mixed(self):
        backend = CopyingBackend()
        sizes = [(40, 33)] * 3 + [(64, 20)] * 2 + [(40, 33)] + [(300, 150)] * 5
        results = list(run([frame(i, *size) for i, size in enumerate(sizes)], backend))
        assert [outcome.value.size for outcome in results] == sizes
        assert values(results) == list(range(len(sizes)))
        assert backend.batches == [(3, 1, 64, 64), (2, 1, 32, 64), (1, 1, 64, 64), (4, 1, 32, 64), (1, 1, 32, 64)]

    def test_sizes_with_the_same_working_size_run_together(self):
        """Not the line art's size counts, but the network's."""
        backend = CopyingBackend()
        results = list(run([frame(1, 64, 64), frame(2, 128, 128), frame(3, 62, 63)], backend))
        assert backend.batches == [(3, 1, 64, 64)]
        assert [outcome.value.size for outcome in results] == [(64, 64), (128, 128), (62, 63)]
        assert values(results) == [1, 2, 3]


class TestErrors:
    def test_they_take_the_frame_s_place(self):
        frames = [frame(0), b"", frame(2), b"text", frame(4), frame(5), np.full((9, 9), np.nan), frame(7)]
        for batch_size in (1, 2, 4):
            results = list(run(frames, batch_size=batch_size))
            assert [outcome.index for outcome in results] == list(range(8))
            assert [outcome.index for outcome in results if outcome.error] == [1, 3, 6]
            assert all(isinstance(results[i].error, ImageError) and results[i].value is None for i in (1, 3, 6))
            assert values(results[i] for i in (0, 2, 4, 5, 7)) == [0, 2, 4, 5, 7]

    def test_hints_that_do_not_fit(self):
        results = list(run([(frame(0), None), (frame(1), np.zeros((9, 9, 4), np.uint8)), (frame(2), None)]))
        assert isinstance(results[1].error, HintError)
        assert values((results[0], results[2])) == [0, 2]

    def test_results_that_cannot_be_written(self):
        def finish(index, colored):
            if index == 1:
                raise OutputError("the disk is full")
            return index

        results = list(run(map(frame, range(3)), finish=finish))
        assert [outcome.value for outcome in results] == [0, None, 2]
        assert str(results[1].error) == "the disk is full"

    def test_a_failing_backend_fails_each_frame_of_the_batch(self):
        results = list(run(map(frame, range(5)), CopyingBackend(BackendError("no memory")), batch_size=2))
        assert [str(outcome.error) for outcome in results] == ["no memory"] * 5

    def test_all_frames_fail(self):
        results = list(run([b""] * BEYOND))
        assert [outcome.index for outcome in results] == list(range(BEYOND))
        assert all(outcome.error for outcome in results)

    @pytest.mark.parametrize("error", [ZeroDivisionError, MemoryError, KeyboardInterrupt])
    def test_what_is_nobody_s_input_error_is_raised(self, error):
        def finish(index, colored):
            if index == 2:
                raise error
            return index

        with pytest.raises(error):
            list(run(map(frame, range(9)), finish=finish))
        with pytest.raises(error):
            list(run(map(frame, range(9)), CopyingBackend(error())))

    def test_frames_before_a_failing_iterator_are_given(self):
        def frames():
            yield from map(frame, range(7))
            raise OSError("the camera is gone")

        for batch_size in (1, 4, 10):
            results = run(frames(), batch_size=batch_size)
            assert values(next(results) for _ in range(7)) == list(range(7))
            with pytest.raises(OSError, match="the camera is gone"):
                next(results)

    def test_a_wrong_batch_size_is_known_at_once(self):
        with pytest.raises(InputError, match="batch size: expected at least 1"):
            run([], batch_size=0)


class TestLaziness:
    def counted(self, count=None):
        self.read = 0
        i = 0
        while count is None or i < count:
            self.read += 1
            assert self.read < 1000, "it is read to its end, which never comes"
            yield frame(i % 20)
            i += 1

    @pytest.mark.parametrize("batch_size", [1, 4])
    def test_an_endless_iterator_is_read_only_a_little_ahead(self, batch_size):
        results = run(self.counted(), batch_size=batch_size)
        assert self.__dict__.get("read", 0) == 0  # nothing before the first is asked for
        for taken in range(1, BEYOND):
            next(results)
            # what is being decoded, what waits for its batch, what is being finished
            assert self.read <= taken + 2 * (2 * batch_size + 4) + batch_size
        results.close()

    def test_closing_ends_the_threads(self):
        results = run(self.counted())
        next(results)
        assert threads()
        results.close()
        assert threads() == []

    def test_closing_before_the_beginning(self):
        results = run(self.counted())
        results.close()
        assert threads() == []

    def test_forgetting_ends_the_threads(self):
        results = run(self.counted())
        next(results)
        del results
        gc.collect()
        assert threads() == []

    def test_closing_closes_the_iterator_of_frames(self):
        closed = threading.Event()

        def frames():
            try:
                yield from self.counted()
            finally:
                closed.set()

        results = run(frames())
        next(results)
        results.close()
        del results
        gc.collect()
        assert closed.is_set()

    def test_memory_does_not_grow_with_the_number_of_frames(self):
        alive = weakref.WeakValueDictionary()
        most = 0

        def frames():
            for i in range(200):
                image = Image.new("L", (40, 33), i)
                alive[i] = image
                yield image

        for outcome in run(frames(), finish=lambda index, colored: index, batch_size=2):
            assert outcome.error is None
            most = max(most, len(alive))
        assert most <= 2 * (2 * 2 + 4) + 2
        gc.collect()
        assert len(alive) <= 1

    def test_pictures_that_were_taken_are_let_go(self):
        alive = weakref.WeakValueDictionary()

        def finish(index, colored):
            alive[index] = image = colored.picture
            return image

        most = 0
        for _ in run(self.counted(100), finish=finish, batch_size=2):
            most = max(most, len(alive))
        assert most <= 2 * (2 * 2 + 4) + 2


class TestHints:
    def test_each_frame_has_its_own(self):
        backend = CopyingBackend()
        own = [Hints((Stroke([(4 * i, 10)], "red", 9),)) for i in range(6)]
        list(run(zip(map(frame, range(6)), own, strict=True), backend))
        geometry = Geometry.fit(40, 33, 64)
        assert len(backend.hints) == 6
        for seen, hints in zip(backend.hints, own, strict=True):
            assert np.array_equal(seen, hints.rasterize(geometry))

    def test_they_flow_over_the_frame_s_own_regions(self):
        backend = CopyingBackend()
        hints = Hints((Stroke([(5, 16)], "red", 9),))
        parted = frame(0)
        parted[:, 18:20] = 0
        list(run([(frame(0), hints), (parted, hints)], backend, confidence=0.5))
        whole, left = backend.hints
        assert whole[:, 2, 8].tolist() == [0.5, -0.5, -0.5, 0.5]
        assert left[:, 6, 3].tolist() == [0.5, -0.5, -0.5, 0.5]
        assert left[:, 2, 8].tolist() == [0.5, 0.5, 0.5, 0.5]  # beyond the line: paper


def test_a_sheet():
    sheet = Sheet.load(frame(7, 200, 100), 64)
    assert sheet.line_art.shape == (100, 200)
    assert sheet.geometry == Geometry.fit(200, 100, 64)
    assert sheet.tensor.shape == (1, 1, 32, 64)


def test_an_outcome():
    assert Outcome(3, "value").error is None
    assert Outcome(3, error=ImageError("no")).value is None


def test_frames_that_show_nothing_of_the_painter_are_not_painted():
    backend, boxed = CopyingBackend(), np.full((200, 200), 255, np.uint8)
    boxed[50:150, 50:150] = 0
    boxed[52:148, 52:148] = 255  # a region without a stroke
    pairs = [(picture, None) for picture in (frame(0), boxed, frame(0))]
    settings = {"size": 64, "batch_size": 2, "confidence": 0.0, "look": Look("flat")}
    outcomes = list(color_frames(backend, pairs, lambda index, colored: colored.pixels.shape[:2], **settings))
    assert [outcome.value for outcome in outcomes] == [(33, 40), (200, 200), (33, 40)]
    assert len(backend.batches) == 1
