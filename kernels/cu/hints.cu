// pack_hints: an RGBA layer of any size and a list of strokes -> the 4-channel hint map at a quarter of the size.
//
// The layer goes the CPU path's way: premultiplied, averaged by whole factors where it is much too large, resized in
// two passes, averaged by 4. The second pass, the averaging, the padding and all strokes are one kernel that writes
// each pixel of the map once; strokes alone need no other kernel.
#include "block.cuh"

using namespace pts;

namespace {

// One block makes kThreads columns of one row; see line_art.cu. Pixels are premultiplied as they are brought into
// shared memory: once each, not once for each of the two outputs that they go into.
template <bool Straight>
__device__ void rows(const uint32_t* source, int pitch, uint32_t* scaled, int scaled_pitch, const int* table,
                     int width) {
    constexpr int kPixels = 2 * kThreads;  // after whole factors, a resize is by less than 4: at most three rounds
    __shared__ uint32_t stage[kPixels];
    const Axis axis{table, width};
    const Place at = place(kThreads, scaled_pitch);
    const uint32_t* const row = source + static_cast<size_t>(at.row) * pitch;
    const int x = at.column + static_cast<int>(threadIdx.x);
    const int last = min(at.column + kThreads, width) - 1;
    const int begin = at.column < width ? axis.first(at.column) : 0;
    const int end = at.column < width ? axis.first(last) + axis.count(last) : 0;
    const int first = x < width ? axis.first(x) : 0;
    const int count = x < width ? axis.count(x) : 0;
    Sums sums(kHalf);
    for (int from = begin; from < end; from += kPixels) {
        const int to = min(from + kPixels, end);
        for (int i = from + static_cast<int>(threadIdx.x); i < to; i += kThreads)
            stage[i - from] = Straight ? premultiply(row[i]) : row[i];
        __syncthreads();
        for (int i = max(first, from); i < min(first + count, to); ++i)
            sums.add(stage[i - from], axis.weight(x, i - first));
        __syncthreads();
    }
    if (x >= scaled_pitch) return;
    // Columns that only fill the last four up are transparent, as the padding is.
    scaled[static_cast<size_t>(at.row) * scaled_pitch + x] =
        x < width ? pixel_of(clip8(sums.value[0]), clip8(sums.value[1]), clip8(sums.value[2]), clip8(sums.value[3]))
                  : 0u;
}

// The layer under one pixel of the map: 4 x 4 pixels of the second pass, each rounded to 8 bits, and their mean.
__device__ Hint layer_hint(const uint32_t* scaled, int scaled_pitch, const Axis& axis, int x, int y) {
    Sums total(0);
    for (int row = kHintStep * y; row < min(kHintStep * (y + 1), axis.outputs); ++row) {
        Sums sums[kHintStep] = {Sums(kHalf), Sums(kHalf), Sums(kHalf), Sums(kHalf)};
        const int first = axis.first(row), count = axis.count(row);
        for (int tap = 0; tap < count; ++tap) {
            const int weight = axis.weight(row, tap);
            const uint4 four = *reinterpret_cast<const uint4*>(
                scaled + static_cast<size_t>(first + tap) * scaled_pitch + kHintStep * x);
            sums[0].add(four.x, weight);
            sums[1].add(four.y, weight);
            sums[2].add(four.z, weight);
            sums[3].add(four.w, weight);
        }
        for (int i = 0; i < kHintStep; ++i)
            for (int c = 0; c < 4; ++c) total.value[c] += clip8(sums[i].value[c]);
    }
    int means[4];
    for (int c = 0; c < 4; ++c) means[c] = mean8(static_cast<uint32_t>(total.value[c]), kHintStep * kHintStep);
    return hint_of(means[0], means[1], means[2], means[3]);
}

// One thread makes one pixel of the map, a block 32 x 4 of them: a warp reads 512 bytes of the layer in a row and
// writes runs of 128 (64 in half precision). A whole block passes strokes over whose box it does not touch.
template <typename T>
__device__ void map(const uint32_t* scaled, int scaled_pitch, const int* table, int working_height,
                    const Stroke* strokes, int stroke_count, const Segment* segments, T* out, int width, int height) {
    const int left = static_cast<int>(blockIdx.x * blockDim.x), top = static_cast<int>(blockIdx.y * blockDim.y);
    const int x = left + static_cast<int>(threadIdx.x), y = top + static_cast<int>(threadIdx.y);
    if (x >= width || y >= height) return;
    Hint hint = {{0.0f, 0.0f, 0.0f, 0.0f}};
    if (scaled != nullptr && kHintStep * x < scaled_pitch)
        hint = layer_hint(scaled, scaled_pitch, Axis{table, working_height}, x, y);
    for (int i = 0; i < stroke_count; ++i) {
        const Stroke& stroke = strokes[i];
        if (left >= stroke.right || left + static_cast<int>(blockDim.x) <= stroke.left || top >= stroke.bottom ||
            top + static_cast<int>(blockDim.y) <= stroke.top)
            continue;
        const float covered = coverage(stroke, segments, x + 0.5, y + 0.5);
        if (covered > 0.0f) paint(hint, stroke, covered);
    }
    const size_t plane = static_cast<size_t>(width) * height;
    for (int c = 0; c < 4; ++c) store(out + c * plane + static_cast<size_t>(y) * width + x, hint.value[c]);
}

}  // namespace

// Premultiply, and average blocks of factor_x x factor_y pixels, smaller ones at the right and lower border.
extern "C" __global__ void __launch_bounds__(kThreads)
    hints_reduce(const uint32_t* source, int pitch, int source_width, int source_height, int factor_x, int factor_y,
                 uint32_t* reduced, int width) {
    const Place at = place(kThreads, width);
    const int x = at.column + static_cast<int>(threadIdx.x);
    if (x >= width) return;
    const int left = x * factor_x, right = min(left + factor_x, source_width);
    const int top = at.row * factor_y, bottom = min(top + factor_y, source_height);
    Sums sums(0);
    for (int row = top; row < bottom; ++row)
        for (int column = left; column < right; ++column)
            sums.add(premultiply(source[static_cast<size_t>(row) * pitch + column]), 1);
    const uint32_t count = static_cast<uint32_t>((right - left) * (bottom - top));
    int means[4];
    for (int c = 0; c < 4; ++c) means[c] = mean8(static_cast<uint32_t>(sums.value[c]), count);
    reduced[static_cast<size_t>(at.row) * width + x] = pixel_of(means[0], means[1], means[2], means[3]);
}

#define ROWS(NAME, STRAIGHT)                                                                                     \
    extern "C" __global__ void __launch_bounds__(kThreads)                                                       \
        NAME(const uint32_t* source, int pitch, uint32_t* scaled, int scaled_pitch, const int* table, int width) { \
        rows<STRAIGHT>(source, pitch, scaled, scaled_pitch, table, width);                                       \
    }
ROWS(hints_rows_straight, true)
ROWS(hints_rows_premultiplied, false)

#define MAP(NAME, TYPE)                                                                                             \
    extern "C" __global__ void __launch_bounds__(kThreads)                                                          \
        NAME(const uint32_t* scaled, int scaled_pitch, const int* table, int working_height, const Stroke* strokes, \
             int stroke_count, const Segment* segments, TYPE* out, int width, int height) {                         \
        map(scaled, scaled_pitch, table, working_height, strokes, stroke_count, segments, out, width, height);      \
    }
MAP(hints_map_fp32, float)
MAP(hints_map_fp16, Half)
