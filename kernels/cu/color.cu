// unpack_color: the painter's 3,H,W in [-1, 1] -> uint8 H,W,3 of the line art's size, the lines multiplied on top.
//
// One kernel: the network's picture is never larger than the line art, so that an output needs two by two of its
// pixels. They are quantized, resized along the row, rounded to 8 bits and resized along the column by the thread
// that needs them. That repeats the row's part for each of the two rows, on inputs that lie in the cache, and saves
// writing and reading a picture between two passes. What remains is reading the lines and writing the picture.
#include "block.cuh"

using namespace pts;

namespace {

// The row's part: one channel at output column x.
template <typename T>
__device__ __forceinline__ int along_row(const T* row, const Axis& axis, int x) {
    const int first = axis.first(x), count = axis.count(x);
    int sum = kHalf;
    for (int tap = 0; tap < count; ++tap) sum += quantize(to_float(row[first + tap])) * axis.weight(x, tap);
    return clip8(sum);
}

// One thread makes one pixel, a block kThreads of one row. Three bytes a thread would be written in pieces, so the
// block gathers its 384 in shared memory and writes words.
template <int LineChannels, typename T>
__device__ void picture(const T* color, int padded_width, size_t plane, const int* table_x, const int* table_y,
                        const uint8_t* lines, size_t line_pitch, uint8_t* out, size_t out_pitch, int width,
                        int height) {
    __shared__ uint32_t gathered[kThreads * 3 / 4 + 1];
    const Axis axis_x{table_x, width}, axis_y{table_y, height};
    const Place at = place(kThreads, width);
    const int x = at.column + static_cast<int>(threadIdx.x), y = at.row;
    uint8_t* const target = out + static_cast<size_t>(y) * out_pitch + static_cast<size_t>(at.column) * 3;
    uint8_t* const bytes = reinterpret_cast<uint8_t*>(gathered) + misalignment(target);
    if (x < width) {
        const int first = axis_y.first(y), count = axis_y.count(y);
        const uint8_t* const line =
            LineChannels ? lines + static_cast<size_t>(y) * line_pitch + static_cast<size_t>(x) * LineChannels
                         : nullptr;
        for (int c = 0; c < 3; ++c) {
            int sum = kHalf;
            for (int tap = 0; tap < count; ++tap)
                sum += along_row(color + c * plane + static_cast<size_t>(first + tap) * padded_width, axis_x, x) *
                       axis_y.weight(y, tap);
            int value = clip8(sum);
            if (LineChannels) value = product(value, line[LineChannels == 3 ? c : 0]);
            bytes[3 * threadIdx.x + c] = static_cast<uint8_t>(value);
        }
    }
    __syncthreads();
    copy(target, bytes, 3 * min(kThreads, width - at.column));
}

}  // namespace

#define PICTURE(NAME, LINE_CHANNELS, TYPE)                                                                           \
    extern "C" __global__ void __launch_bounds__(kThreads)                                                           \
        NAME(const TYPE* color, int padded_width, size_t plane, const int* table_x, const int* table_y,             \
             const uint8_t* lines, size_t line_pitch, uint8_t* out, size_t out_pitch, int width, int height) {       \
        picture<LINE_CHANNELS>(color, padded_width, plane, table_x, table_y, lines, line_pitch, out, out_pitch,     \
                               width, height);                                                                       \
    }
PICTURE(color_plain_fp32, 0, float)
PICTURE(color_plain_fp16, 0, Half)
PICTURE(color_gray_fp32, 1, float)
PICTURE(color_gray_fp16, 1, Half)
PICTURE(color_rgb_fp32, 3, float)
PICTURE(color_rgb_fp16, 3, Half)
