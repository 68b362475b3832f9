// The kernels as a shared library for the host, for tests: whole kernels by name, and their pixel functions.
#include "kernel_simulator.h"

#include <ucontext.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "block.cuh"

// Each source has its own names in an anonymous namespace.
namespace line_art {
#include "line_art.cu"
}
#undef ROWS
#undef COLUMNS
namespace hints {
#include "hints.cu"
}
namespace color {
#include "color.cu"
}
namespace xdog {
#include "xdog.cu"
}

SimulatedIndex threadIdx, blockIdx, blockDim, gridDim;

namespace {

constexpr size_t kStack = 64 * 1024;
constexpr size_t kWarp = 32;

struct Fiber {
    ucontext_t context;
    std::unique_ptr<char[]> stack{new char[kStack]};  // not filled: most of it is never touched
    SimulatedIndex index;
    int barriers;
    bool done;
    bool ready;    // to go on, without any barrier
    bool in_warp;  // waits for its warp
};

ucontext_t scheduler;
Fiber* running;
const std::function<void()>* body;

void enter() {
    (*body)();
    running->done = true;
    swapcontext(&running->context, &scheduler);
}

void resume(Fiber& fiber) {
    running = &fiber;
    fiber.ready = fiber.in_warp = false;
    threadIdx = fiber.index;
    swapcontext(&scheduler, &fiber.context);
}

// Let every warp go on whose threads wait for each other, until none does. False where some wait for threads that have
// ended or wait for the block.
bool run_warps(std::vector<std::unique_ptr<Fiber>>& fibers, bool backwards) {
    for (size_t first = 0; first < fibers.size(); first += kWarp) {
        const size_t threads = std::min(kWarp, fibers.size() - first);
        for (;;) {
            size_t waiting = 0;
            for (size_t i = 0; i < threads; ++i) waiting += fibers[first + i]->in_warp;
            if (waiting == 0) break;
            if (waiting < threads) return false;
            for (size_t i = 0; i < threads; ++i) resume(*fibers[first + (backwards ? threads - 1 - i : i)]);
        }
    }
    return true;
}

// Run one block: every fiber up to its next barrier, in turns, until all have ended. False where some threads wait
// at a barrier that others have left behind. Every other block runs its threads from the last to the first: what a
// missing barrier leaves to chance then differs.
bool run_block(std::vector<std::unique_ptr<Fiber>>& fibers, bool backwards) {
    for (auto& fiber : fibers) {
        getcontext(&fiber->context);
        fiber->context.uc_stack.ss_sp = fiber->stack.get();
        fiber->context.uc_stack.ss_size = kStack;
        fiber->context.uc_link = nullptr;
        fiber->barriers = 0;
        fiber->done = fiber->in_warp = false;
        makecontext(&fiber->context, enter, 0);
    }
    for (bool waiting = true; waiting;) {
        waiting = false;
        for (auto& fiber : fibers) fiber->ready = !fiber->done;
        for (bool some = true; some;) {
            some = false;
            for (size_t i = 0; i < fibers.size(); ++i) {
                Fiber& fiber = *fibers[backwards ? fibers.size() - 1 - i : i];
                if (fiber.ready) resume(fiber);
                some = some || fiber.ready;
            }
        }
        if (!run_warps(fibers, backwards)) return false;
        for (const auto& fiber : fibers) waiting = waiting || !fiber->done;
        for (const auto& fiber : fibers)
            if (fiber->barriers != fibers[0]->barriers) return false;
    }
    return true;
}

using Launch = std::function<void(void**)>;

template <typename... A, size_t... I>
void call(void (*kernel)(A...), void** arguments, std::index_sequence<I...>) {
    kernel(*static_cast<A*>(arguments[I])...);
}

template <typename... A>
Launch launcher(void (*kernel)(A...)) {
    return [kernel](void** arguments) { call(kernel, arguments, std::index_sequence_for<A...>()); };
}

#define KERNEL(MODULE, NAME) {#NAME, launcher(MODULE::NAME)}
const std::map<std::string, Launch> kernels = {
    KERNEL(line_art, line_art_rows_gray),
    KERNEL(line_art, line_art_rows_rgb),
    KERNEL(line_art, line_art_columns_fp32),
    KERNEL(line_art, line_art_columns_fp16),
    KERNEL(line_art, line_art_direct_gray_fp32),
    KERNEL(line_art, line_art_direct_gray_fp16),
    KERNEL(line_art, line_art_direct_rgb_fp32),
    KERNEL(line_art, line_art_direct_rgb_fp16),
    KERNEL(hints, hints_reduce),
    KERNEL(hints, hints_rows_straight),
    KERNEL(hints, hints_rows_premultiplied),
    KERNEL(hints, hints_map_fp32),
    KERNEL(hints, hints_map_fp16),
    KERNEL(color, color_plain_fp32),
    KERNEL(color, color_plain_fp16),
    KERNEL(color, color_gray_fp32),
    KERNEL(color, color_gray_fp16),
    KERNEL(color, color_rgb_fp32),
    KERNEL(color, color_rgb_fp16),
    KERNEL(xdog, xdog_columns_gray),
    KERNEL(xdog, xdog_columns_rgb),
    KERNEL(xdog, xdog_rows),
    KERNEL(xdog, xdog_histogram),
    KERNEL(xdog, xdog_lines),
};

}  // namespace

void __syncthreads() {
    ++running->barriers;
    swapcontext(&running->context, &scheduler);
}

void give_way() {
    running->ready = true;
    swapcontext(&running->context, &scheduler);
}

void __syncwarp() {
    running->in_warp = true;
    swapcontext(&running->context, &scheduler);
}

// Run a grid of threads that all do the same. False: they disagree about a barrier.
bool run_grid(const std::function<void()>& thread, const unsigned* grid, const unsigned* block) {
    body = &thread;
    blockDim = {block[0], block[1], block[2]};
    gridDim = {grid[0], grid[1], grid[2]};
    std::vector<std::unique_ptr<Fiber>> fibers;
    for (unsigned z = 0; z < block[2]; ++z)
        for (unsigned y = 0; y < block[1]; ++y)
            for (unsigned x = 0; x < block[0]; ++x) {
                fibers.push_back(std::make_unique<Fiber>());
                fibers.back()->index = {x, y, z};
            }
    for (unsigned z = 0; z < grid[2]; ++z)
        for (unsigned y = 0; y < grid[1]; ++y)
            for (unsigned x = 0; x < grid[0]; ++x) {
                blockIdx = {x, y, z};
                if (!run_block(fibers, (x + y + z) % 2 == 1)) return false;
            }
    return true;
}

// Launch a kernel as cuLaunchKernel does. 0: done; 1: no such kernel; 2: its threads disagree about a barrier.
extern "C" int simulate(const char* name, const unsigned* grid, const unsigned* block, void** arguments) {
    const auto kernel = kernels.find(name);
    if (kernel == kernels.end()) return 1;
    return run_grid([&] { kernel->second(arguments); }, grid, block) ? 0 : 2;
}

// The pixel functions over arrays.
#define OVER extern "C" void
OVER pixel_luma(size_t n, const uint8_t* rgb, uint8_t* out) {
    for (size_t i = 0; i < n; ++i) out[i] = static_cast<uint8_t>(pts::luma(rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]));
}
OVER pixel_premultiply(size_t n, const uint32_t* rgba, uint32_t* out) {
    for (size_t i = 0; i < n; ++i) out[i] = pts::premultiply(rgba[i]);
}
OVER pixel_product(size_t n, const uint8_t* a, const uint8_t* b, uint8_t* out) {
    for (size_t i = 0; i < n; ++i) out[i] = static_cast<uint8_t>(pts::product(a[i], b[i]));
}
OVER pixel_mean8(size_t n, const uint32_t* sums, const uint32_t* counts, uint8_t* out) {
    for (size_t i = 0; i < n; ++i) out[i] = static_cast<uint8_t>(pts::mean8(sums[i], counts[i]));
}
OVER pixel_unit(size_t n, const uint8_t* values, float* out) {
    for (size_t i = 0; i < n; ++i) out[i] = pts::unit(values[i]);
}
OVER pixel_quantize(size_t n, const float* values, uint8_t* out) {
    for (size_t i = 0; i < n; ++i) out[i] = static_cast<uint8_t>(pts::quantize(values[i]));
}
OVER pixel_to_half(size_t n, const float* values, uint16_t* out) {
    for (size_t i = 0; i < n; ++i) out[i] = pts::to_half(values[i]).bits;
}
OVER pixel_to_float(size_t n, const uint16_t* bits, float* out) {
    for (size_t i = 0; i < n; ++i) out[i] = pts::to_float(pts::Half{bits[i]});
}
OVER pixel_luminance(size_t n, const uint8_t* rgb, float* out) {
    for (size_t i = 0; i < n; ++i) out[i] = pts::luminance(rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]);
}
OVER pixel_response(size_t n, const float* narrow, const float* wide, const float* p, float* out) {
    for (size_t i = 0; i < n; ++i) out[i] = pts::response(narrow[i], wide[i], p[0], p[1], p[2]);
}
OVER pixel_level(size_t n, const float* responses, float low, float high, uint8_t* out) {
    for (size_t i = 0; i < n; ++i) out[i] = static_cast<uint8_t>(pts::level(responses[i], low, high));
}
OVER pixel_mirrored(size_t n, const int* indices, int size, int* out) {
    for (size_t i = 0; i < n; ++i) out[i] = pts::mirrored(indices[i], size);
}
OVER pixel_coverage(int width, int height, const pts::Stroke* stroke, const pts::Segment* segments, float* out) {
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) out[y * width + x] = pts::coverage(*stroke, segments, x + 0.5, y + 0.5);
}
