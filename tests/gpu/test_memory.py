"""The pool of device memory, on a driver of its own: what it asks for, what it keeps, what it gives back."""

import gc
import threading

import numpy as np
import pytest

from paintstorch_sdk.errors import BackendError
from paintstorch_sdk.gpu.memory import Pool


class OutOfMemoryError(Exception):
    """pycuda.driver.Error."""


class Driver:
    """Device memory of a size; addresses are never used twice."""

    def __init__(self, total=1 << 40):
        self.total, self.held, self.next, self.freed = total, {}, 1 << 20, []

    def allocate(self, size):
        if sum(self.held.values()) + size > self.total:
            raise OutOfMemoryError("out of memory")
        address, self.next = self.next, self.next + size
        self.held[address] = size
        driver = self

        class Allocation:
            def __int__(self):
                return address

            def free(self):
                del driver.held[address]
                driver.freed.append(address)

        return Allocation()


@pytest.fixture
def driver():
    return Driver()


def pool_of(driver, **more):
    return Pool(driver.allocate, OutOfMemoryError, **more)


def test_what_came_back_is_used_again(driver):
    pool = pool_of(driver)
    first = pool.take(10_000)
    address = first.address
    del first
    assert pool.take(10_000).address == address
    assert pool.allocations == 1


def test_sizes_that_are_nearly_the_same_share_blocks(driver):
    pool = pool_of(driver)
    for size in (1_000_000, 1_030_000, 1_010_000):
        block = pool.take(size)
        assert block.size >= size
        assert block.size <= 1.13 * size
        del block
    assert pool.allocations == 1
    assert pool.take(0).size == pool.take(1).size == 512


def test_what_is_used_is_not_given_away(driver):
    pool = pool_of(driver)
    blocks = [pool.take(4096) for _ in range(8)]
    assert len({block.address for block in blocks}) == 8
    assert (pool.bytes, pool.unused) == (8 * 4096, 0)
    del blocks[3:]
    assert pool.unused == 5 * 4096
    blocks[0].give_back()
    blocks[0].give_back()  # once is enough
    assert pool.unused == 6 * 4096


def test_the_same_work_gets_the_same_memory(driver, rng):
    """Recorded graphs expect tensors where they were, in whatever order they went."""
    pool = pool_of(driver)
    kept = [pool.take(4096) for _ in range(5)]
    seen = set()
    for _ in range(10):
        blocks = [pool.take(size) for size in (4096, 512, 4096, 8192, 4096, 512)]
        seen.add(tuple(block.address for block in blocks))
        for index in rng.permutation(len(blocks)):
            blocks[index].give_back()
    assert len(seen) == 1
    assert len(kept) == 5


def test_unused_memory_is_kept_up_to_a_limit_and_the_oldest_goes_first(driver):
    pool = pool_of(driver, keep=10 * 4096)
    old = pool.take(6 * 4096)
    oldest = old.address
    del old
    young = pool.take(3 * 4096)
    del young
    pool.take(8 * 4096)
    assert driver.freed[0] == oldest
    assert pool.bytes <= 10 * 4096 + 8 * 4096


def test_unused_memory_makes_room_before_there_is_none():
    driver = Driver(total=10 * 4096)
    pool = pool_of(driver)
    block = pool.take(6 * 4096)
    del block
    assert pool.take(7 * 4096).size >= 7 * 4096  # the six were freed for it
    kept = pool.take(2 * 4096)
    with pytest.raises(BackendError, match=r"GPU memory: no 0 MB left beside .*; take a smaller size or batch"):
        pool.take(9 * 4096)
    assert kept.size == 2 * 4096


def test_arrays_hold_their_memory(driver):
    pool = pool_of(driver)
    array = pool.array((2, 3, 4), np.float16)
    part = array.part(1)
    assert (array.nbytes, part.shape, part.address - array.address) == (48, (1, 3, 4), 24)
    del array
    gc.collect()
    assert pool.unused == 0  # the part still holds it
    del part
    assert pool.unused == 512


def test_blocks_come_back_from_any_thread(driver):
    pool = pool_of(driver)
    blocks = [pool.take(4096) for _ in range(50)]
    threads = [threading.Thread(target=blocks.pop().give_back) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert pool.unused == 50 * 4096


def test_a_closed_pool_has_nothing_left(driver):
    pool = pool_of(driver)
    late, early = pool.take(4096), pool.take(4096)
    early.give_back()
    pool.close()
    assert driver.held == {}
    late.give_back()  # afterwards, as a garbage collector may
    assert (pool.bytes, pool.unused) == (0, 0)


def test_trim(driver):
    pool = pool_of(driver)
    blocks = [pool.take(4096) for _ in range(4)]
    del blocks[1:]
    pool.trim(4096)
    assert (pool.bytes, pool.unused) == (2 * 4096, 4096)
