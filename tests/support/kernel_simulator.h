// CUDA's language on the host: enough of it to run the kernels of kernels/cu, thread by thread, without a GPU.
//
// Every thread of a block is a fiber; __syncthreads() hands over to the next one, so that a block's shared memory
// and barriers behave as on the device, and atomicMin() lets others be faster. Blocks run one after the other: races
// between blocks stay unseen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#define __global__
#define __device__
#define __shared__ static
#define __forceinline__ inline
#define __launch_bounds__(...)

struct alignas(4) SimulatedIndex {
    unsigned x, y, z;
};
struct alignas(8) uint2 {
    unsigned x, y;
};
struct alignas(8) ushort4 {
    unsigned short x, y, z, w;
};
struct alignas(16) float4 {
    float x, y, z, w;
};
struct alignas(16) uint4 {
    unsigned x, y, z, w;
};

extern SimulatedIndex threadIdx, blockIdx, blockDim, gridDim;

void __syncthreads();
void __syncwarp();  // of whole warps
void give_way();    // let all other threads of the block go on first, as they might

inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline ushort4 make_ushort4(unsigned short x, unsigned short y, unsigned short z, unsigned short w) {
    return {x, y, z, w};
}
inline int min(int a, int b) { return a < b ? a : b; }
inline int max(int a, int b) { return a > b ? a : b; }
inline unsigned atomicAdd(unsigned* at, unsigned value) {
    const unsigned old = *at;
    *at += value;
    return old;
}
inline unsigned atomicMin(unsigned* at, unsigned value) {
    give_way();
    const unsigned old = *at;
    if (value < old) *at = value;
    return old;
}
inline unsigned atomicMax(unsigned* at, unsigned value) {
    const unsigned old = *at;
    if (value > old) *at = value;
    return old;
}
inline int __float_as_int(float value) {
    int bits;
    std::memcpy(&bits, &value, sizeof bits);
    return bits;
}
inline float __int_as_float(int bits) {
    float value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}
