// xdog: uint8 gray or RGB -> line art, uint8 H,W: 0 on lines, 255 on paper.
//
// Four kernels: both Gaussians along the columns, along the rows with the soft threshold and its range, the
// histogram, and Otsu's threshold. Levels are computed twice from the response, which is cheaper than storing them.
#include "block.cuh"

using namespace pts;

namespace {

constexpr int kLevels = 256;  // and the threads of the blocks that work on the histogram

template <int Channels>
__device__ __forceinline__ float brightness(const uint8_t* pixel) {
    return Channels == 1 ? luminance(pixel[0]) : luminance(pixel[0], pixel[1], pixel[2]);
}

// Both Gaussians along the columns; neighboring threads hold neighboring columns, so that every tap reads a run
// of pixels, and the rows above and below come from the cache.
template <int Channels>
__device__ void columns(const uint8_t* source, size_t pitch, int width, int height, const float* kernels,
                        int narrow_radius, int wide_radius, float* narrow, float* wide) {
    const Place at = place(kThreads, width);
    const int x = at.column + static_cast<int>(threadIdx.x);
    if (x >= width) return;
    const uint8_t* const column = source + static_cast<size_t>(x) * Channels;
    const float* const wide_kernel = kernels + narrow_radius + 1;
    const float center = brightness<Channels>(column + static_cast<size_t>(at.row) * pitch);
    float narrow_sum = center * kernels[0], wide_sum = center * wide_kernel[0];
    for (int i = 1; i <= wide_radius; ++i) {  // the wide one holds the narrow one's pixels
        const float pair =
            brightness<Channels>(column + static_cast<size_t>(mirrored(at.row - i, height)) * pitch) +
            brightness<Channels>(column + static_cast<size_t>(mirrored(at.row + i, height)) * pitch);
        wide_sum += wide_kernel[i] * pair;
        if (i <= narrow_radius) narrow_sum += kernels[i] * pair;
    }
    const size_t index = static_cast<size_t>(at.row) * width + x;
    narrow[index] = narrow_sum;
    wide[index] = wide_sum;
}

__device__ __forceinline__ float along_row(const float* row, const float* kernel, int radius, int x, int width) {
    float sum = row[x] * kernel[0];
    for (int i = 1; i <= radius; ++i) sum += kernel[i] * (row[mirrored(x - i, width)] + row[mirrored(x + i, width)]);
    return sum;
}

}  // namespace

#define COLUMNS(NAME, CHANNELS)                                                                                   \
    extern "C" __global__ void __launch_bounds__(kThreads)                                                        \
        NAME(const uint8_t* source, size_t pitch, int width, int height, const float* kernels, int narrow_radius, \
             int wide_radius, float* narrow, float* wide) {                                                       \
        columns<CHANNELS>(source, pitch, width, height, kernels, narrow_radius, wide_radius, narrow, wide);       \
    }
COLUMNS(xdog_columns_gray, 1)
COLUMNS(xdog_columns_rgb, 3)

// Both Gaussians along the rows, and the response. `range` holds the lowest and highest response as their bits:
// floats that are not negative order as their bits do. One atomic a block, after a reduction in shared memory.
extern "C" __global__ void __launch_bounds__(kThreads)
    xdog_rows(const float* narrow, const float* wide, int width, const float* kernels, int narrow_radius,
              int wide_radius, float gamma, float epsilon, float phi, float* responses, unsigned* range) {
    __shared__ float lows[kThreads], highs[kThreads];
    const Place at = place(kThreads, width);
    const int thread = static_cast<int>(threadIdx.x), x = at.column + thread;
    const size_t row = static_cast<size_t>(at.row) * width;
    float value = 0.0f;
    if (x < width) {
        const float* const wide_kernel = kernels + narrow_radius + 1;
        value = response(along_row(narrow + row, kernels, narrow_radius, x, width),
                         along_row(wide + row, wide_kernel, wide_radius, x, width), gamma, epsilon, phi);
        responses[row + x] = value;
    }
    lows[thread] = x < width ? value : 2.0f;
    highs[thread] = value;
    for (int half = kThreads / 2; half > 0; half /= 2) {
        __syncthreads();
        if (thread < half) {
            lows[thread] = fminf(lows[thread], lows[thread + half]);
            highs[thread] = fmaxf(highs[thread], highs[thread + half]);
        }
    }
    if (thread == 0) {
        atomicMin(&range[0], static_cast<unsigned>(__float_as_int(lows[0])));
        atomicMax(&range[1], static_cast<unsigned>(__float_as_int(highs[0])));
    }
}

// The histogram of the levels: in shared memory first, because most pixels are of a few levels and would all wait
// for the same words of global memory.
extern "C" __global__ void __launch_bounds__(kLevels)
    xdog_histogram(const float* responses, size_t pixels, const unsigned* range, unsigned* histogram) {
    __shared__ unsigned counts[kLevels];
    const float low = __int_as_float(static_cast<int>(range[0])), high = __int_as_float(static_cast<int>(range[1]));
    if (is_flat(low, high)) return;
    counts[threadIdx.x] = 0;
    __syncthreads();
    const size_t stride = static_cast<size_t>(gridDim.x) * kLevels;
    for (size_t i = static_cast<size_t>(blockIdx.x) * kLevels + threadIdx.x; i < pixels; i += stride)
        atomicAdd(&counts[level(responses[i], low, high)], 1u);
    __syncthreads();
    if (counts[threadIdx.x] > 0) atomicAdd(&histogram[threadIdx.x], counts[threadIdx.x]);
}

// Otsu's threshold, and the lines. Every block finds the threshold for itself: a scan over 256 levels costs less
// than one more launch. The sums are of integers in doubles, exact in any order.
extern "C" __global__ void __launch_bounds__(kLevels)
    xdog_lines(const float* responses, size_t pixels, const unsigned* range, const unsigned* histogram, uint8_t* out) {
    __shared__ double below[kLevels], sums[kLevels], variances[kLevels];
    __shared__ int best[kLevels];
    const int thread = static_cast<int>(threadIdx.x);
    const float low = __int_as_float(static_cast<int>(range[0])), high = __int_as_float(static_cast<int>(range[1]));
    const bool flat = is_flat(low, high);
    below[thread] = histogram[thread];
    sums[thread] = below[thread] * thread;
    for (int step = 1; step < kLevels; step *= 2) {
        __syncthreads();
        const double count = thread >= step ? below[thread - step] : 0.0;
        const double sum = thread >= step ? sums[thread - step] : 0.0;
        __syncthreads();
        below[thread] += count;
        sums[thread] += sum;
    }
    __syncthreads();
    variances[thread] = otsu_variance(below[thread], sums[thread], below[kLevels - 1], sums[kLevels - 1]);
    best[thread] = thread;
    for (int half = kLevels / 2; half > 0; half /= 2) {
        __syncthreads();
        if (thread >= half) continue;
        // Of equal variances the lowest level, as argmax: the partner's level is not always the higher one.
        const bool greater = variances[thread + half] > variances[thread];
        const bool equal = variances[thread + half] == variances[thread];
        if (greater || (equal && best[thread + half] < best[thread])) {
            variances[thread] = variances[thread + half];
            best[thread] = best[thread + half];
        }
    }
    __syncthreads();
    const int threshold = best[0];
    const size_t stride = static_cast<size_t>(gridDim.x) * kLevels;
    for (size_t i = static_cast<size_t>(blockIdx.x) * kLevels + threadIdx.x; i < pixels; i += stride)
        out[i] = !flat && level(responses[i], low, high) > threshold ? 0 : kPaper;
}
