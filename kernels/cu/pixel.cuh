// What happens to one pixel: the definitions that the kernels, their host build and kernels/reference.py share.
//
// The 8-bit arithmetic is Pillow's, which the CPU path runs on, so that both paths give the same picture. Compile
// without contraction into fused multiply-adds (nvcc -fmad=false, g++ -ffp-contract=off): they round once where the
// CPU path rounds twice. The kernels wait for memory, not for arithmetic, so that costs nothing.
#pragma once

#include <math.h>
#include <stdint.h>
#include <string.h>

#ifdef __CUDACC__
#define PTS_PIXEL __host__ __device__ __forceinline__
#else
#define PTS_PIXEL inline
#endif

namespace pts {

constexpr int kWeightBits = 22;  // of the fixed-point weights of a resize
constexpr int kPaper = 255;
constexpr int kHintStep = 4;  // working pixels on a side of a pixel of the hint map

// Rec. 601 luma of an RGB pixel, 16-bit fixed point.
PTS_PIXEL int luma(int red, int green, int blue) {
    return (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
}

// a * b / 255, rounded: color under alpha, colors under lines.
PTS_PIXEL int product(int a, int b) {
    const int exact = a * b + 128;
    return ((exact >> 8) + exact) >> 8;
}

// The mean of `count` 8-bit values, rounded by the fixed-point reciprocal of Pillow's reduce().
PTS_PIXEL int mean8(uint32_t sum, uint32_t count) {
    return static_cast<int>(((sum + count / 2) * ((1u << 24) / count)) >> 24);
}

// A weighted sum back to 8 bits; it began with `kHalf` to round.
constexpr int kHalf = 1 << (kWeightBits - 1);
PTS_PIXEL int clip8(int sum) {
    const int value = sum >> kWeightBits;
    return value < 0 ? 0 : value > 255 ? 255 : value;
}

// 0..255 -> [-1, 1], as the network reads it.
PTS_PIXEL float unit(int value) { return static_cast<float>(value) / 127.5f - 1.0f; }

// [-1, 1] -> 0..255, rounded and cut; NaN is 0.
PTS_PIXEL int quantize(float value) {
    const float scaled = value * 127.5f + 128.0f;  // 127.5 to shift the range, 0.5 to round
    return static_cast<int>(fminf(fmaxf(scaled, 0.0f), 255.0f));
}

// IEEE half precision, kept as its bits; to the nearest, ties to even.
struct Half {
    uint16_t bits;
};

PTS_PIXEL Half to_half(float value) {
    Half half;
#ifdef __CUDA_ARCH__
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(half.bits) : "f"(value));
#else
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    const uint32_t sign = bits >> 16 & 0x8000u, magnitude = bits & 0x7fffffffu;
    if (magnitude > 0x7f800000u) {  // NaN
        half.bits = static_cast<uint16_t>(sign | 0x7e00u);
    } else if (magnitude >= 0x477ff000u) {  // rounds to infinity
        half.bits = static_cast<uint16_t>(sign | 0x7c00u);
    } else if (magnitude < 0x38800000u) {  // subnormal: adding 1/2 aligns the unit of half with that of float
        float shifted;
        memcpy(&shifted, &magnitude, sizeof shifted);
        shifted += 0.5f;
        memcpy(&bits, &shifted, sizeof bits);
        half.bits = static_cast<uint16_t>(sign | (bits - 0x3f000000u));
    } else {
        const uint32_t odd = magnitude >> 13 & 1u;
        half.bits = static_cast<uint16_t>(sign | (magnitude - 0x38000000u + 0xfffu + odd) >> 13);
    }
#endif
    return half;
}

PTS_PIXEL float to_float(Half half) {
#ifdef __CUDA_ARCH__
    float value;
    asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(half.bits));
    return value;
#else
    const uint32_t magnitude = half.bits & 0x7fffu, sign = (half.bits & 0x8000u) << 16;
    uint32_t bits = magnitude >= 0x7c00u ? magnitude << 13 | 0x7f800000u : (magnitude << 13) + 0x38000000u;
    float value;
    if (magnitude < 0x0400u) {  // zero and subnormals count in units of 2^-24
        value = static_cast<float>(magnitude) * 5.9604644775390625e-8f;
        memcpy(&bits, &value, sizeof bits);
    }
    bits |= sign;
    memcpy(&value, &bits, sizeof value);
    return value;
#endif
}
PTS_PIXEL float to_float(float value) { return value; }

// The tensors' element type, chosen by the overload.
PTS_PIXEL void store(float* to, float value) { *to = value; }
PTS_PIXEL void store(Half* to, float value) { *to = to_half(value); }

// How one axis is resized: for every output the first input, how many, and their weights; written by tables.py.
// Weights lie output by output within a tap, so that neighboring threads read neighboring words.
struct Axis {
    const int* table;
    int outputs;

    PTS_PIXEL int first(int output) const { return table[output]; }
    PTS_PIXEL int count(int output) const { return table[outputs + output]; }
    PTS_PIXEL int weight(int output, int tap) const { return table[static_cast<size_t>(2 + tap) * outputs + output]; }
};

// Red, green, blue and alpha in one word, red lowest: as four bytes lie in memory.
PTS_PIXEL int channel(uint32_t pixel, int index) { return static_cast<int>(pixel >> (8 * index) & 255u); }

PTS_PIXEL uint32_t pixel_of(int red, int green, int blue, int alpha) {
    return static_cast<uint32_t>(red) | static_cast<uint32_t>(green) << 8 | static_cast<uint32_t>(blue) << 16 |
           static_cast<uint32_t>(alpha) << 24;
}

PTS_PIXEL uint32_t premultiply(uint32_t pixel) {
    const int alpha = channel(pixel, 3);
    return pixel_of(product(channel(pixel, 0), alpha), product(channel(pixel, 1), alpha),
                    product(channel(pixel, 2), alpha), alpha);
}

// Four sums, one a channel.
struct Sums {
    int value[4];

    PTS_PIXEL explicit Sums(int start) : value{start, start, start, start} {}
    PTS_PIXEL void add(uint32_t pixel, int weight) {
        for (int c = 0; c < 4; ++c) value[c] += channel(pixel, c) * weight;
    }
};

// A pixel of the hint map: color in [-1, 1] times the mask, and the mask.
struct Hint {
    float value[4];
};

// From a premultiplied 8-bit pixel.
PTS_PIXEL Hint hint_of(int red, int green, int blue, int alpha) {
    const float mask = static_cast<float>(alpha) / 255.0f;
    return {{2.0f * (static_cast<float>(red) / 255.0f) - mask, 2.0f * (static_cast<float>(green) / 255.0f) - mask,
             2.0f * (static_cast<float>(blue) / 255.0f) - mask, mask}};
}

// A stroke as tables.py writes it. All numbers are doubles: the coverage is computed in them, as the CPU path does.
struct Stroke {
    double left, top, right, bottom;  // the pixels that it can touch, the last ones excluded
    double first, count;              // of its segments
    double reach;                     // radius and half a pixel
    double weight;                    // under 1 for strokes thinner than a pixel
    double color[3];                 // in [-1, 1]
};

struct Segment {
    double x0, y0, x1, y1;
};

PTS_PIXEL double distance(const Segment& segment, double x, double y) {
    double dx = x - segment.x0, dy = y - segment.y0;
    const double ux = segment.x1 - segment.x0, uy = segment.y1 - segment.y0;
    const double length2 = ux * ux + uy * uy;
    if (length2 > 0.0) {
        const double along = fmin(fmax((dx * ux + dy * uy) / length2, 0.0), 1.0);
        dx -= along * ux;
        dy -= along * uy;
    }
    return sqrt(dx * dx + dy * dy);
}

// How much of the pixel whose center is x, y a stroke covers, in [0, 1].
PTS_PIXEL float coverage(const Stroke& stroke, const Segment* segments, double x, double y) {
    double most = 0.0;
    const int end = static_cast<int>(stroke.first + stroke.count);
    for (int i = static_cast<int>(stroke.first); i < end; ++i) {
        const Segment segment = segments[i];
        // Far segments are passed over before the square root and the division, which are slow in double.
        if (x < fmin(segment.x0, segment.x1) - stroke.reach || x > fmax(segment.x0, segment.x1) + stroke.reach ||
            y < fmin(segment.y0, segment.y1) - stroke.reach || y > fmax(segment.y0, segment.y1) + stroke.reach)
            continue;
        most = fmax(most, fmin(stroke.reach - distance(segment, x, y), 1.0));
    }
    return static_cast<float>(most) * static_cast<float>(stroke.weight);
}

PTS_PIXEL void paint(Hint& hint, const Stroke& stroke, float covered) {
    const float rest = 1.0f - covered;
    for (int c = 0; c < 3; ++c) hint.value[c] = hint.value[c] * rest + covered * static_cast<float>(stroke.color[c]);
    hint.value[3] = hint.value[3] * rest + covered;
}

// Luminance in [0, 1]; not `luma`: xDoG keeps its fraction.
PTS_PIXEL float luminance(int red, int green, int blue) {
    return (static_cast<float>(red) * 0.299f + static_cast<float>(green) * 0.587f + static_cast<float>(blue) * 0.114f) /
           255.0f;
}
PTS_PIXEL float luminance(int gray) { return static_cast<float>(gray) / 255.0f; }

// The index inside an axis that goes on in mirror images: ... 1 0 | 0 1 2 | 2 1 ...
PTS_PIXEL int mirrored(int index, int size) {
    if (index >= 0 && index < size) return index;
    index %= 2 * size;
    if (index < 0) index += 2 * size;
    return index < size ? index : 2 * size - 1 - index;
}

// xDoG's soft threshold of the two blurs: in [0, 2], dark lines high.
PTS_PIXEL float response(float narrow, float wide, float gamma, float epsilon, float phi) {
    const float difference = narrow - gamma * wide;
    if (difference < epsilon) return 1.0f;
    return 1.0f - tanhf(fminf(fmaxf(phi * difference, -50.0f), 50.0f));
}

// A response as one of 256 levels between the lowest and the highest.
PTS_PIXEL int level(float value, float low, float high) {
    const float scale = static_cast<float>(255.0 / (static_cast<double>(high) - static_cast<double>(low)));
    return static_cast<int>(rintf((value - low) * scale));
}

PTS_PIXEL bool is_flat(float low, float high) { return static_cast<double>(high) - static_cast<double>(low) < 1e-6; }

// Otsu's variance between the classes "at most this level" and "above"; `below` and `sum` count up to the level.
PTS_PIXEL double otsu_variance(double below, double sum, double total, double total_sum) {
    const double above = total - below;
    if (below <= 0.0 || above <= 0.0) return 0.0;
    const double gap = sum / below - (total_sum - sum) / above;
    return below * above * (gap * gap);
}

}  // namespace pts
