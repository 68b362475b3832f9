// pack_line_art: uint8 gray or RGB of any size -> N,1,H,W in [-1, 1], scaled, padded with paper.
//
// Two passes, as the CPU path: along the rows into 8 bits, then along the columns straight into the tensor, so that
// the full-size picture is read once and nothing but the narrow 8-bit one lies between. The gray conversion happens
// on the way in, padding and normalization on the way out. Line art that needs no scaling takes one pass.
#include "block.cuh"

using namespace pts;

namespace {

template <int Channels>
__device__ __forceinline__ int gray(const uint8_t* pixel) {
    return Channels == 1 ? pixel[0] : luma(pixel[0], pixel[1], pixel[2]);
}

// One block makes kThreads columns of one row. Their inputs overlap and lie `scale` pixels apart from thread to
// thread, so they are first brought into shared memory with coalesced words, kStageBytes at a time: however many
// inputs a huge scale factor needs, and whatever the order in which integers are added, the sum is the same.
template <int Channels>
__device__ void rows(const uint8_t* source, size_t pitch, uint8_t* scaled, int scaled_pitch, const int* table,
                     int width) {
    __shared__ uint32_t stage[kStageBytes / 4 + 1];
    constexpr int kPixels = kStageBytes / Channels;
    const Axis axis{table, width};
    const Place at = place(kThreads, scaled_pitch);
    const uint8_t* const row = source + static_cast<size_t>(at.row) * pitch;
    const int x = at.column + static_cast<int>(threadIdx.x);
    const int last = min(at.column + kThreads, width) - 1;
    const int begin = at.column < width ? axis.first(at.column) : 0;
    const int end = at.column < width ? axis.first(last) + axis.count(last) : 0;
    const int first = x < width ? axis.first(x) : 0;
    const int count = x < width ? axis.count(x) : 0;
    int sum = kHalf;
    for (int from = begin; from < end; from += kPixels) {
        const int to = min(from + kPixels, end);
        const uint8_t* const part = row + static_cast<size_t>(from) * Channels;
        uint8_t* const staged = reinterpret_cast<uint8_t*>(stage) + misalignment(part);
        copy(staged, part, (to - from) * Channels);
        __syncthreads();
        for (int i = max(first, from); i < min(first + count, to); ++i)
            sum += gray<Channels>(staged + (i - from) * Channels) * axis.weight(x, i - first);
        __syncthreads();
    }
    // Columns that only fill the last word up are paper, so that the next pass reads whole words of known bytes.
    if (x < scaled_pitch)
        scaled[static_cast<size_t>(at.row) * scaled_pitch + x] = static_cast<uint8_t>(x < width ? clip8(sum) : kPaper);
}

__device__ __forceinline__ void store4(float* to, const float (&v)[4]) {
    *reinterpret_cast<float4*>(to) = make_float4(v[0], v[1], v[2], v[3]);
}

__device__ __forceinline__ void store4(Half* to, const float (&v)[4]) {
    const Half a = to_half(v[0]), b = to_half(v[1]), c = to_half(v[2]), d = to_half(v[3]);
    *reinterpret_cast<ushort4*>(to) = make_ushort4(a.bits, b.bits, c.bits, d.bits);
}

// One thread makes four neighbors of a row: it reads a word for each tap and writes 16 bytes (8 in half
// precision), and a warp 512 in a row. All threads of a warp share the row's weights, which come as broadcasts.
template <typename T>
__device__ void columns(const uint8_t* scaled, int scaled_pitch, const int* table, int width, int height, T* out,
                        int padded_width) {
    const Axis axis{table, height};
    const Place at = place(4 * kThreads, padded_width);
    const int x = at.column + 4 * static_cast<int>(threadIdx.x);
    if (x >= padded_width) return;
    int sums[4] = {kHalf, kHalf, kHalf, kHalf};
    const bool inside = at.row < height && x < width;
    if (inside) {
        const int first = axis.first(at.row), count = axis.count(at.row);
        for (int tap = 0; tap < count; ++tap) {
            const int weight = axis.weight(at.row, tap);
            const uint32_t four =
                *reinterpret_cast<const uint32_t*>(scaled + static_cast<size_t>(first + tap) * scaled_pitch + x);
            for (int i = 0; i < 4; ++i) sums[i] += channel(four, i) * weight;
        }
    }
    float values[4];
    for (int i = 0; i < 4; ++i) values[i] = unit(inside && x + i < width ? clip8(sums[i]) : kPaper);
    store4(out + static_cast<size_t>(at.row) * padded_width + x, values);
}

// Without scaling: four pixels a thread. Rows of RGB begin anywhere, so their bytes are read one by one; a warp
// reads all bytes of its 384 within three instructions of each other, and the cache joins them.
template <int Channels, typename T>
__device__ void direct(const uint8_t* source, size_t pitch, int width, int height, T* out, int padded_width) {
    const Place at = place(4 * kThreads, padded_width);
    const int x = at.column + 4 * static_cast<int>(threadIdx.x);
    if (x >= padded_width) return;
    float values[4];
    for (int i = 0; i < 4; ++i) {
        const bool inside = at.row < height && x + i < width;
        const uint8_t* const pixel =
            source + static_cast<size_t>(at.row) * pitch + static_cast<size_t>(x + i) * Channels;
        values[i] = unit(inside ? gray<Channels>(pixel) : kPaper);
    }
    store4(out + static_cast<size_t>(at.row) * padded_width + x, values);
}

}  // namespace

#define ROWS(NAME, CHANNELS)                                                                                       \
    extern "C" __global__ void __launch_bounds__(kThreads)                                                         \
        NAME(const uint8_t* source, size_t pitch, uint8_t* scaled, int scaled_pitch, const int* table, int width) { \
        rows<CHANNELS>(source, pitch, scaled, scaled_pitch, table, width);                                         \
    }
ROWS(line_art_rows_gray, 1)
ROWS(line_art_rows_rgb, 3)

#define COLUMNS(NAME, TYPE)                                                                                  \
    extern "C" __global__ void __launch_bounds__(kThreads)                                                   \
        NAME(const uint8_t* scaled, int scaled_pitch, const int* table, int width, int height, TYPE* out,    \
             int padded_width) {                                                                             \
        columns(scaled, scaled_pitch, table, width, height, out, padded_width);                              \
    }
COLUMNS(line_art_columns_fp32, float)
COLUMNS(line_art_columns_fp16, Half)

#define DIRECT(NAME, CHANNELS, TYPE)                                                                               \
    extern "C" __global__ void __launch_bounds__(kThreads)                                                         \
        NAME(const uint8_t* source, size_t pitch, int width, int height, TYPE* out, int padded_width) {            \
        direct<CHANNELS>(source, pitch, width, height, out, padded_width);                                         \
    }
DIRECT(line_art_direct_gray_fp32, 1, float)
DIRECT(line_art_direct_gray_fp16, 1, Half)
DIRECT(line_art_direct_rgb_fp32, 3, float)
DIRECT(line_art_direct_rgb_fp16, 3, Half)
