// What the threads of one block do together.
#pragma once

#include "pixel.cuh"

namespace pts {

constexpr int kThreads = 128;  // of most blocks: small enough that a few rows already fill every multiprocessor
constexpr int kStageBytes = 12288;  // of a row of line art held in shared memory: gray or RGB

// Copy bytes with whole words wherever both sides allow it. `to` and `from` must have the same address modulo 4;
// rows of RGB pictures begin anywhere, so the bytes before the first word and after the last go one by one.
__device__ __forceinline__ void copy(uint8_t* to, const uint8_t* from, int bytes) {
    const int before = static_cast<int>(-reinterpret_cast<uintptr_t>(from) & 3u);
    const int head = before < bytes ? before : bytes;
    const int words = (bytes - head) / 4;
    const int thread = static_cast<int>(threadIdx.x), threads = static_cast<int>(blockDim.x);
    if (thread < head) to[thread] = from[thread];
    uint32_t* const to_words = reinterpret_cast<uint32_t*>(to + head);
    const uint32_t* const from_words = reinterpret_cast<const uint32_t*>(from + head);
    for (int i = thread; i < words; i += threads) to_words[i] = from_words[i];
    const int tail = head + 4 * words + thread;
    if (tail < bytes) to[tail] = from[tail];
}

// Bytes to skip in a word-aligned buffer so that it has the address of `pointer` modulo 4.
__device__ __forceinline__ int misalignment(const uint8_t* pointer) {
    return static_cast<int>(reinterpret_cast<uintptr_t>(pointer) & 3u);
}

// Which row and which run of kThreads columns a block works on. Blocks are counted in one dimension, because the
// others end at 65,535: a picture may be one pixel wide and millions high.
struct Place {
    int row, column;
};

__device__ __forceinline__ Place place(int columns_per_block, int columns) {
    const unsigned blocks = static_cast<unsigned>((columns + columns_per_block - 1) / columns_per_block);
    return {static_cast<int>(blockIdx.x / blocks), static_cast<int>(blockIdx.x % blocks) * columns_per_block};
}

}  // namespace pts
