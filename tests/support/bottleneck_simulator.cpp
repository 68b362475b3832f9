// bench/cu/bottleneck.cu on the host: the simulator's threads and barriers, and the tensor cores' product spelled out.
#include "kernel_simulator.cpp"

namespace {

struct dim3 {
    unsigned x, y, z;
    dim3(unsigned x, unsigned y, unsigned z) : x(x), y(y), z(z) {}
};

struct Registers {
    unsigned a[4];
    uint2 b;
};

// What each lane brought to a product; the next product has the other half, so that one barrier is enough.
Registers brought[32][2][kWarp];
bool turn[32][kWarp];
uint64_t products;  // since the library was loaded

int simulated_launch(const dim3& blocks, unsigned threads, const std::function<void()>& thread) {
    std::memset(turn, 0, sizeof turn);  // a launch that was given up leaves them uneven
    const unsigned grid[] = {blocks.x, blocks.y, blocks.z}, block[] = {threads, 1, 1};
    return run_grid(thread, grid, block) ? 0 : 2;
}

float half_of(unsigned both, int index) {
    return pts::to_float(pts::Half{static_cast<uint16_t>(both >> (16 * index) & 0xffffu)});
}

// mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32. PTX ISA, "Matrix fragments for mma.m16n8k16 with floating point
// type": which lane and register holds which element.
void simulated_mma(float* sums, const std::initializer_list<unsigned>& a, const uint2& b) {
    const unsigned warp = threadIdx.x / kWarp, lane = threadIdx.x % kWarp;
    Registers* const of_lane = brought[warp][turn[warp][lane]];
    turn[warp][lane] = !turn[warp][lane];
    std::copy(a.begin(), a.end(), of_lane[lane].a);
    of_lane[lane].b = b;
    products += lane == 0;
    __syncwarp();
    for (unsigned i = 0; i < 4; ++i) {
        const unsigned row = lane / 4 + i / 2 * 8, column = lane % 4 * 2 + i % 2;
        for (unsigned k = 0; k < 16; ++k) {
            const Registers& left = of_lane[row % 8 * 4 + k % 8 / 2];
            const Registers& right = of_lane[column * 4 + k % 8 / 2];
            sums[i] += half_of(left.a[row / 8 + k / 8 * 2], k % 2) * half_of(k < 8 ? right.b.x : right.b.y, k % 2);
        }
    }
}

}  // namespace

#include "bottleneck.cu"

extern "C" uint64_t simulated_products() { return products; }

// One product of one warp: a, b and the result as each lane's registers. Where `absent` is a lane's number, that lane
// stays away, as no lane may.
extern "C" int simulated_product(const unsigned* a, const uint2* b, float* out, unsigned absent) {
    return simulated_launch(dim3(1, 1, 1), kWarp, [=] {
        const unsigned lane = threadIdx.x, *const own = a + 4 * lane;
        float* const sums = out + 4 * lane;
        if (lane != absent) simulated_mma(sums, {own[0], own[1], own[2], own[3]}, b[lane]);
    });
}
