// A whole ResNeXt bottleneck as one kernel: out = x + expand(leaky(grouped(leaky(reduce(x))))), as `Bottleneck` of
// networks/generator.py computes it at stride 1. An experiment, no part of the runtime: docs/gpu.md says when it stays.
//
// fp16 N,H,W,C (channels last) in and out; all three convolutions on the tensor cores, sums in fp32. Needs sm_80, whose
// m16n8k16 product is used throughout. A block makes a tile of pixels and keeps what lies between the convolutions in
// shared memory, fp16 as it would be in global memory:
//
//   x, global -> reduce -> leaky -> `around`, the tile and a rim of 1 -> grouped -> leaky -> `inner`, the tile
//   -> expand -> + x, out, global
//
// Pixels `dilation` apart in both directions form a picture of their own, in which the 3x3 convolution has no dilation:
// a tile is a tile of such a picture. So its rim is 1 for all dilations, and the network's 1, 2 and 4 are one kernel.
//
// The grouped convolution is a product with block-diagonal weights. 8 outputs depend on the same 8 inputs whatever the
// groups of 1, 2, 4 or 8 are, so two taps fill a product's depth of 16, and five products make 16 pixels of 8 channels:
// 80 multiplications an output, 9 to 72 of which count. An H100 makes 15 of them in the time of a plain multiply-add in
// fp32 (data sheet: 989 and 67 TFLOP/s), whose inputs would have to be converted besides. And the cardinality needs no
// code: it is in the weights. Those come in the order of the fragments (bench/bottleneck.py packs them), so that a warp
// reads 256 bytes in a row and needs no shared memory for them.
#include "pixel.cuh"

#ifdef __CUDACC__
#define UNROLL _Pragma("unroll")
#define UNROLL_TWICE _Pragma("unroll 2")
#else
#define UNROLL
#define UNROLL_TWICE
#endif

using pts::Half;

namespace {

constexpr float kSlope = 0.2f;
constexpr int kRows = 16, kColumns = 8;  // of a product's result; its depth is 16 too
constexpr int kTapPairs = 5;             // of 9 taps; the last has no second

// The result of one product, spread over a warp: a lane holds columns 2 (lane % 4) and the next one of rows lane / 4
// and 8 more. `a` is 16 rows of depth 16, `b` depth 16 of 8 columns; PTX ISA, "Matrix fragments for mma.m16n8k16".
struct Sums {
    float value[4] = {0.0f, 0.0f, 0.0f, 0.0f};
};

__device__ __forceinline__ void multiply_add(Sums& sums, unsigned a0, unsigned a1, unsigned a2, unsigned a3, uint2 b) {
#ifdef __CUDACC__
    asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
        "{%0, %1, %2, %3};"
        : "+f"(sums.value[0]), "+f"(sums.value[1]), "+f"(sums.value[2]), "+f"(sums.value[3])
        : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b.x), "r"(b.y));
#else
    simulated_mma(sums.value, {a0, a1, a2, a3}, b);
#endif
}

__device__ __forceinline__ int lane() { return static_cast<int>(threadIdx.x % 32); }
__device__ __forceinline__ int warp() { return static_cast<int>(threadIdx.x / 32); }
__device__ __forceinline__ float leaky(float value) { return value > 0.0f ? value : kSlope * value; }

__device__ __forceinline__ unsigned pair(float low, float high) {
    return pts::to_half(low).bits | static_cast<unsigned>(pts::to_half(high).bits) << 16;
}
__device__ __forceinline__ float low(unsigned both) { return to_float(Half{static_cast<uint16_t>(both & 0xffffu)}); }
__device__ __forceinline__ float high(unsigned both) { return to_float(Half{static_cast<uint16_t>(both >> 16)}); }

// Two neighboring channels, in shared memory.
__device__ __forceinline__ unsigned& word(Half* at) { return *reinterpret_cast<unsigned*>(at); }
__device__ __forceinline__ unsigned word(const Half* at) { return *reinterpret_cast<const unsigned*>(at); }

// What a block works on, and how.
template <int Channels, int Width, int Height>
struct Shape {
    static constexpr int kChannels = Channels, kInner = Channels / 2, kWidth = Width, kHeight = Height;
    static constexpr int kAround = (Width + 2) * (Height + 2), kPixels = Width * Height;
    // Halves from a pixel to the next in shared memory: with 16 bytes more, 8 pixels lie in different banks.
    static constexpr int kPitch = kInner + 8;
    static constexpr int kWarps = Channels > 64 ? 8 : 4;
    // That a multiprocessor holds: what one picture of 512 x 512 gives it. Registers beyond that hold loads under way.
    static constexpr int kBlocks = Channels > 128 ? 1 : Channels > 64 ? 2 : 4;
    static_assert(Channels % 32 == 0 && kPixels % kRows == 0, "whole fragments");
    static_assert((kAround + kPixels) * kPitch * 2 <= 48 * 1024, "the shared memory that needs no asking");
};

// The pixels of a tile, counted from its first one; the rim is at -1.
struct Tile {
    int top, left, dilation, height, width;

    __device__ __forceinline__ int pixel(int row, int column) const {
        const int y = top + row * dilation, x = left + column * dilation;
        return y >= 0 && y < height && x >= 0 && x < width ? y * width + x : -1;
    }
};

// How many columns of products a warp works on at once: as many as leave work for every warp.
PTS_PIXEL constexpr int columns_at_once(int jobs, int columns, int warps) {
    int some = columns < 4 ? columns : 4;
    while (some > 1 && jobs * (columns / some) < warps) some /= 2;
    return some;
}

// Outside the picture `around` is zero, as padding is: no bias, and leaky(0) is 0. A lane reads 8 channels of a pixel
// at once, and 4 lanes 32; the weights' order of depth is the one in which they lie in these lanes.
template <class S>
__device__ __forceinline__ void reduce(const Half* x, const uint2* weights, const Tile& tile, Half* around) {
    constexpr int kTall = (S::kAround + kRows - 1) / kRows, kWide = S::kInner / kColumns;
    constexpr int M = kTall % 3 == 0 ? 3 : 2, kDown = (kTall + M - 1) / M;
    constexpr int N = columns_at_once(kDown, kWide, S::kWarps), kAcross = kWide / N;
    for (int job = warp(); job < kDown * kAcross; job += S::kWarps) {
        const int first = job / kAcross * M * kRows + lane() / 4, column = job % kAcross * N;
        const uint4* rows[2 * M];
        UNROLL for (int m = 0; m < 2 * M; ++m) {
            const int at = first + 8 * m, pixel = tile.pixel(at / (S::kWidth + 2) - 1, at % (S::kWidth + 2) - 1);
            const Half* const row = x + static_cast<size_t>(pixel) * S::kChannels;
            rows[m] = at < S::kAround && pixel >= 0 ? reinterpret_cast<const uint4*>(row) + lane() % 4 : nullptr;
        }
        Sums sums[M][N];
        UNROLL_TWICE for (int k = 0; k < S::kChannels / 32; ++k) {
            uint4 a[2 * M];
            uint2 b[2][N];
            UNROLL for (int m = 0; m < 2 * M; ++m) a[m] = rows[m] ? rows[m][4 * k] : uint4{0, 0, 0, 0};
            UNROLL for (int n = 0; n < N; ++n) {
                b[0][n] = weights[(2 * k * kWide + column + n) * 32 + lane()];
                b[1][n] = weights[((2 * k + 1) * kWide + column + n) * 32 + lane()];
            }
            UNROLL for (int m = 0; m < M; ++m) {
                const uint4 upper = a[2 * m], lower = a[2 * m + 1];
                UNROLL for (int n = 0; n < N; ++n)
                    multiply_add(sums[m][n], upper.x, lower.x, upper.y, lower.y, b[0][n]);
                UNROLL for (int n = 0; n < N; ++n)
                    multiply_add(sums[m][n], upper.z, lower.z, upper.w, lower.w, b[1][n]);
            }
        }
        UNROLL for (int m = 0; m < 2 * M; ++m) {
            const int at = first + 8 * m;
            if (at >= S::kAround) continue;
            UNROLL for (int n = 0; n < N; ++n) {
                const float* const sum = sums[m / 2][n].value + m % 2 * 2;
                word(around + at * S::kPitch + (column + n) * kColumns + lane() % 4 * 2) =
                    pair(leaky(sum[0]), leaky(sum[1]));
            }
        }
    }
}

template <class S>
__device__ __forceinline__ void grouped(const Half* around, const uint2* weights, Half* inner) {
    constexpr int kWide = S::kInner / kColumns;
    for (int job = warp(); job < S::kPixels / kRows * kWide; job += S::kWarps) {
        const int column = job % kWide, channel = column * kColumns + lane() % 4 * 2;
        const int at = job / kWide * kRows + lane() / 4, below = at + 8;
        // Of the first tap, which is up and left of the pixel.
        const Half* const upper = around + (at / S::kWidth * (S::kWidth + 2) + at % S::kWidth) * S::kPitch + channel;
        const Half* const lower =
            around + (below / S::kWidth * (S::kWidth + 2) + below % S::kWidth) * S::kPitch + channel;
        Sums sums;
        UNROLL for (int taps = 0; taps < kTapPairs; ++taps) {
            const int one = 2 * taps, two = one + 1;
            const int to_one = (one / 3 * (S::kWidth + 2) + one % 3) * S::kPitch;
            const int to_two = (two / 3 * (S::kWidth + 2) + two % 3) * S::kPitch;
            multiply_add(sums, word(upper + to_one), word(lower + to_one), two < 9 ? word(upper + to_two) : 0,
                         two < 9 ? word(lower + to_two) : 0, weights[(column * kTapPairs + taps) * 32 + lane()]);
        }
        word(inner + at * S::kPitch + channel) = pair(leaky(sums.value[0]), leaky(sums.value[1]));
        word(inner + below * S::kPitch + channel) = pair(leaky(sums.value[2]), leaky(sums.value[3]));
    }
}

// A warp makes 32 output channels at once, in an order in which each lane has 8 neighbors of a pixel.
template <class S>
__device__ __forceinline__ void expand(const Half* inner, const uint2* weights, const Half* x, const Tile& tile,
                                       Half* out) {
    constexpr int kTall = S::kPixels / kRows, M = kTall < 2 ? kTall : 2;
    constexpr int kWide = S::kChannels / kColumns, N = 4, kAcross = kWide / N;
    static_assert(kTall % M == 0, "whole jobs");
    for (int job = warp(); job < kTall / M * kAcross; job += S::kWarps) {
        const int first = job / kAcross * M * kRows + lane() / 4, column = job % kAcross * N;
        const Half* const row = inner + first * S::kPitch + lane() % 4 * 2;
        Sums sums[M][N];
        UNROLL_TWICE for (int k = 0; k < S::kInner / 16; ++k) {
            uint2 b[N];
            UNROLL for (int n = 0; n < N; ++n) b[n] = weights[(k * kWide + column + n) * 32 + lane()];
            UNROLL for (int m = 0; m < M; ++m) {
                const Half* const upper = row + m * kRows * S::kPitch + 16 * k;
                const Half* const lower = upper + 8 * S::kPitch;
                UNROLL for (int n = 0; n < N; ++n)
                    multiply_add(sums[m][n], word(upper), word(lower), word(upper + 8), word(lower + 8), b[n]);
            }
        }
        UNROLL for (int m = 0; m < 2 * M; ++m) {
            const int at = first + 8 * m, pixel = tile.pixel(at / S::kWidth, at % S::kWidth);
            if (pixel < 0) continue;
            const size_t from = static_cast<size_t>(pixel) * S::kChannels + column * kColumns + lane() % 4 * 8;
            const uint4 shortcut = *reinterpret_cast<const uint4*>(x + from);
            const unsigned before[4] = {shortcut.x, shortcut.y, shortcut.z, shortcut.w};
            unsigned after[4];
            UNROLL for (int n = 0; n < 4; ++n) {
                const float* const sum = sums[m / 2][n].value + m % 2 * 2;
                after[n] = pair(low(before[n]) + sum[0], high(before[n]) + sum[1]);
            }
            *reinterpret_cast<uint4*>(out + from) = uint4{after[0], after[1], after[2], after[3]};
        }
    }
}

// Blocks: x a tile, y which of the dilation's pictures, z an image.
template <class S>
__global__ void __launch_bounds__(32 * S::kWarps, S::kBlocks)
    bottleneck_kernel(const Half* x, const uint2* reduce_weights, const uint2* grouped_weights,
                      const uint2* expand_weights, Half* out, int height, int width, int dilation) {
    alignas(4) __shared__ Half around[S::kAround * S::kPitch], inner[S::kPixels * S::kPitch];
    const int across = ((width + dilation - 1) / dilation + S::kWidth - 1) / S::kWidth;
    const int row = static_cast<int>(blockIdx.x) / across * S::kHeight;
    const int column = static_cast<int>(blockIdx.x) % across * S::kWidth, picture = static_cast<int>(blockIdx.y);
    const int top = picture / dilation + row * dilation, left = picture % dilation + column * dilation;
    const Tile tile{top, left, dilation, height, width};
    const size_t image = static_cast<size_t>(blockIdx.z) * height * width * S::kChannels;
    reduce<S>(x + image, reduce_weights, tile, around);
    __syncthreads();
    grouped<S>(around, grouped_weights, inner);
    __syncthreads();
    expand<S>(inner, expand_weights, x + image, tile, out + image);
}

template <class S, class... Arguments>
int launch(dim3 blocks, void* stream, Arguments... arguments) {
#ifdef __CUDACC__
    bottleneck_kernel<S><<<blocks, 32 * S::kWarps, 0, static_cast<cudaStream_t>(stream)>>>(arguments...);
    return static_cast<int>(cudaGetLastError());
#else
    static_cast<void>(stream);
    return simulated_launch(blocks, 32 * S::kWarps, [=] { bottleneck_kernel<S>(arguments...); });
#endif
}

}  // namespace

// Run it. `tile_width` and `tile_height` are of the shapes below; `out` must not be `x`; all pointers are the device's,
// at multiples of 16. Returns CUDA's error, or -1 for a shape that was not compiled.
extern "C" int bottleneck(int channels, int tile_width, int tile_height, const Half* x, const uint2* reduce_weights,
                          const uint2* grouped_weights, const uint2* expand_weights, Half* out, int images, int height,
                          int width, int dilation, void* stream) {
    const unsigned across = static_cast<unsigned>(((width + dilation - 1) / dilation + tile_width - 1) / tile_width);
    const unsigned down = static_cast<unsigned>(((height + dilation - 1) / dilation + tile_height - 1) / tile_height);
    const dim3 blocks(across * down, static_cast<unsigned>(dilation * dilation), static_cast<unsigned>(images));
#define SHAPE(CHANNELS, WIDTH, HEIGHT)                                                              \
    if (channels == CHANNELS && tile_width == WIDTH && tile_height == HEIGHT)                       \
        return launch<Shape<CHANNELS, WIDTH, HEIGHT>>(blocks, stream, x, reduce_weights, grouped_weights, \
                                                      expand_weights, out, height, width, dilation);
    SHAPE(32, 16, 8)
    SHAPE(32, 8, 8)
    SHAPE(64, 16, 8)
    SHAPE(64, 8, 8)
    SHAPE(128, 8, 8)
    SHAPE(128, 8, 4)
    SHAPE(256, 8, 4)
    SHAPE(256, 4, 4)
    SHAPE(512, 8, 4)
    SHAPE(512, 4, 4)
    return -1;
}
