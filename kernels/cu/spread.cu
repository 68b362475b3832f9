// spread: hints that flow between the lines of a drawing, to the bit as in paintstorch_sdk/hints/spread.py.
//
// What a cell of the hint map needs to know is a bit, so that one thread works on 32 cells at once and one block on a
// whole map. The walls of a drawing are found once: its rooms are runs of cells, joined by union and find. The colors
// of a map then flow in rounds, each of which needs the one before: with the map in shared memory, a round is a barrier
// instead of a launch. Of its way a color leaves two bits in a cell; at the end, one thread a cell goes back on it and
// takes the color where it began.
//
// Nothing is left to chance. In a round, each word is written by the thread that owns it, to another plane than all
// threads read, and neighbors are asked in the order of spread.py, so that ties end alike. Rooms are joined through
// atomics, and whatever order that happens in, the same runs end in one room.
#include <limits.h>

#include "block.cuh"

using namespace pts;

namespace {

// As LINE, SOLID, GAP and LARGE in spread.py.
constexpr float kLine = 0.3f, kSolid = 0.5f;
constexpr int kGap = 2;
constexpr unsigned kLarge = 16;

constexpr int kMostThreads = 1024;
constexpr int kWordBits = 32;
constexpr int kStaged = 6144;  // words of a plane in shared memory: two of them are all that a block of sm_75 has
constexpr unsigned kBorder = 0x80000000u;  // beside a room's area: it reaches the border of the drawing

// Planes of bits. Of a drawing: cells that it touches, with a line, without one, in a room, in a large one, in one that
// reaches the border.
enum { kTouched, kClosed, kOpen, kInside, kInLarge, kInOuter, kWalls };
// Of its colors: cells that hold hints; the ways of the first steps from them; cells where the long ways begin; these
// ways; paper among their beginnings; cells that were reached; that may be entered; before and after a round.
enum { kSource, kNearLow, kNearHigh, kStart, kLow, kHigh, kBlank, kReached, kEnter, kFrom, kTo, kWays };

// How cells lie in a plane of bits: 32 neighbors of a row in a word, the left one lowest. A row of words above, one
// below, and a word at the end of each row hold no cells, so that steps over the border need no special case.
struct Plane {
    int width, height;

    __device__ int row() const { return (width + kWordBits - 1) / kWordBits + 1; }
    __device__ int words() const { return row() * (height + 2); }
    __device__ int left(int word) const { return word % row() * kWordBits; }
    __device__ int top(int word) const { return word / row() - 1; }
    __device__ bool has(const uint32_t* plane, int x, int y) const {
        return (plane[(y + 1) * row() + x / kWordBits] >> (x % kWordBits) & 1u) != 0;
    }
};

// For each cell of a word, the neighbor on its right, on its left, below, above.
__device__ __forceinline__ uint32_t right(const uint32_t* word) { return word[0] >> 1 | word[1] << 31; }
__device__ __forceinline__ uint32_t left(const uint32_t* word) { return word[0] << 1 | word[-1] >> 31; }
__device__ __forceinline__ uint32_t below(const uint32_t* word, int row) { return word[row]; }
__device__ __forceinline__ uint32_t above(const uint32_t* word, int row) { return word[-row]; }

// Planes one after the other, of the `picture`-th map.
template <typename Word, int Count>
struct Planes {
    Word* first;
    size_t words;

    __device__ Planes(Word* all, Plane plane, unsigned picture)
        : first(all + static_cast<size_t>(picture) * Count * plane.words()), words(plane.words()) {}
    __device__ Word* operator[](int index) const { return first + index * words; }
};

__device__ __forceinline__ float darkest(const float* four) {
    const float4 v = *reinterpret_cast<const float4*>(four);
    return fminf(fminf(v.x, v.y), fminf(v.z, v.w));
}

__device__ __forceinline__ float darkest(const Half* four) {
    const ushort4 v = *reinterpret_cast<const ushort4*>(four);
    return fminf(fminf(to_float(Half{v.x}), to_float(Half{v.y})), fminf(to_float(Half{v.z}), to_float(Half{v.w})));
}

// One thread looks at one cell, a warp at those of a word: which ones the drawing touches, as padding does not count,
// and which of them hold a line.
template <typename T>
__device__ void lines(const T* line_art, int pitch, int columns, int rows, uint32_t* all_walls, int width, int height) {
    __shared__ uint32_t closed[kThreads / kWordBits];
    const Plane plane{width, height};
    const Planes<uint32_t, kWalls> walls(all_walls, plane, 0);
    const int slot = static_cast<int>(threadIdx.x) / kWordBits, bit = static_cast<int>(threadIdx.x) % kWordBits;
    const int word = static_cast<int>(blockIdx.x) * (kThreads / kWordBits) + slot;
    const int x = plane.left(word) + bit, y = plane.top(word);
    const int count = y >= 0 && y < rows ? min(max(columns - plane.left(word), 0), kWordBits) : 0;
    if (bit == 0) closed[slot] = 0;
    __syncthreads();
    if (bit < count) {
        const T* const corner = line_art + static_cast<size_t>(kHintStep * y) * pitch + kHintStep * x;
        float value = darkest(corner);
        for (int i = 1; i < kHintStep; ++i) value = fminf(value, darkest(corner + static_cast<size_t>(i) * pitch));
        if (value < kLine) atomicOr(&closed[slot], 1u << bit);
    }
    __syncthreads();
    if (bit != 0 || word >= plane.words()) return;
    walls[kTouched][word] = count == kWordBits ? ~0u : (1u << count) - 1;
    walls[kClosed][word] = closed[slot];
}

// A run is the cells that lie side by side in a word; its number is that of its first cell.
template <typename Function>
__device__ __forceinline__ void each_run(uint32_t cells, const Function& function) {
    while (cells) {
        const uint32_t run = cells & ~(cells + (cells & (~cells + 1)));
        function(run);
        cells &= ~run;
    }
}

__device__ __forceinline__ unsigned number(int word, uint32_t run) {
    return static_cast<unsigned>(kWordBits * word + __ffs(static_cast<int>(run)) - 1);
}

// The number of the run among `cells` that a cell belongs to, or several of its cells.
__device__ __forceinline__ unsigned number(int word, uint32_t cells, uint32_t some) {
    const uint32_t gaps = ~cells & ((some & (~some + 1)) - 1);
    return static_cast<unsigned>(kWordBits * word + kWordBits - __clz(static_cast<int>(gaps)));
}

// The run that stands for a run's room.
template <typename Number>
__device__ __forceinline__ unsigned room_of(Number* rooms, unsigned run) {
    for (unsigned next = rooms[run]; next != run; next = rooms[run]) run = next;
    return run;
}

// Make one room of two, while others do so: of the two runs that stand for them, the higher one leads to the lower.
__device__ __forceinline__ void join(unsigned* rooms, unsigned a, unsigned b) {
    while (true) {
        a = room_of<const volatile unsigned>(rooms, a);
        b = room_of<const volatile unsigned>(rooms, b);
        if (a == b) return;
        const unsigned high = a < b ? b : a, low = a < b ? a : b;
        const unsigned led = atomicMin(&rooms[high], low);
        if (led == high) return;
        a = led;  // another thread was faster, and where it led is the room to be joined to
        b = low;
    }
}

// A word of the cells that colors flow from.
__device__ __forceinline__ uint32_t solid(const float* hints, Plane plane, int word) {
    const int begin = plane.left(word), y = plane.top(word);
    if (y < 0 || y >= plane.height) return 0;
    const float* const masks = hints + (static_cast<size_t>(3) * plane.height + y) * plane.width;
    uint32_t made = 0;
    for (int x = begin; x < min(begin + kWordBits, plane.width); ++x)
        made |= (masks[x] >= kSolid ? 1u : 0u) << (x - begin);
    return made;
}

// The colors of one map on their way, in the cells that have one: two planes, before and after a round.
struct Flow {
    Plane plane;
    uint32_t *from, *to;

    // Carry colors into open cells, nearest first. `low` and `high` say from which neighbor a cell has its color:
    // the right one, the left one, the one below, the one above, in this order where several have one. All words of
    // `from` may have changed before; afterwards `from` is the outcome, and every thread may change its own.
    __device__ void run(const uint32_t* open, int rounds, uint32_t* low, uint32_t* high) {
        const int row = plane.row(), words = plane.words();
        __syncthreads();
        for (int round = 0; round < rounds; ++round) {
            bool any = false;
            for (int i = static_cast<int>(threadIdx.x); i < words; i += static_cast<int>(blockDim.x)) {
                const uint32_t free = open[i] & ~from[i];  // of words on the margin, none
                uint32_t rest = free;
                if (free) {
                    const uint32_t of_right = rest & right(from + i);
                    rest &= ~of_right;
                    const uint32_t of_left = rest & left(from + i);
                    rest &= ~of_left;
                    const uint32_t of_below = rest & below(from + i, row);
                    rest &= ~of_below;
                    const uint32_t of_above = rest & above(from + i, row);
                    rest &= ~of_above;
                    if (rest != free) {
                        low[i] |= of_left | of_above;
                        high[i] |= of_below | of_above;
                        any = true;
                    }
                }
                to[i] = from[i] | (free & ~rest);
            }
            uint32_t* const after = to;
            to = from;
            from = after;
            if (!__syncthreads_or(any)) return;
        }
    }
};

// From a cell back to where its color came from.
struct Walk {
    Plane plane;
    int x, y;

    __device__ void to(const uint32_t* goal, const uint32_t* low, const uint32_t* high) {
        while (!plane.has(goal, x, y)) {
            const int step = plane.has(low, x, y) ? -1 : 1;
            if (plane.has(high, x, y))
                y += step;
            else
                x += step;
        }
    }
};

// One thread makes one cell of one map.
template <typename T>
__device__ void carried(const float* hints, const uint32_t* all_ways, T* out, int width, int height) {
    const Place at = place(kThreads, width);
    const int x = at.column + static_cast<int>(threadIdx.x), y = at.row;
    if (x >= width) return;
    const Plane plane{width, height};
    const size_t cells = static_cast<size_t>(width) * height;
    const Planes<const uint32_t, kWays> ways(all_ways, plane, blockIdx.y);
    hints += blockIdx.y * 4 * cells;
    out += blockIdx.y * 4 * cells;
    Walk walk{plane, x, y};
    const bool reached = plane.has(ways[kReached], x, y);
    if (reached) walk.to(ways[kStart], ways[kLow], ways[kHigh]);
    const bool blank = reached && plane.has(ways[kBlank], walk.x, walk.y);
    if (reached && !blank) walk.to(ways[kSource], ways[kNearLow], ways[kNearHigh]);
    const float* const source = hints + static_cast<size_t>(walk.y) * width + walk.x;
    const float mask = source[3 * cells];
    for (int c = 0; c < 4; ++c) {
        const float value = blank ? 1.0f : reached ? source[c * cells] / mask : source[c * cells];
        store(out + c * cells + static_cast<size_t>(y) * width + x, value);
    }
}

}  // namespace

#define LINES(NAME, TYPE)                                                                                      \
    extern "C" __global__ void __launch_bounds__(kThreads)                                                     \
        NAME(const TYPE* line_art, int pitch, int columns, int rows, uint32_t* walls, int width, int height) { \
        lines(line_art, pitch, columns, rows, walls, width, height);                                           \
    }
LINES(spread_lines_fp32, float)
LINES(spread_lines_fp16, Half)

// One block finds the rooms of one drawing: `walls` of spread.py, where the lines are known.
extern "C" __global__ void __launch_bounds__(kMostThreads)
    spread_walls(uint32_t* all_walls, unsigned* rooms, unsigned* areas, int width, int height) {
    __shared__ unsigned cells;
    const Plane plane{width, height};
    const Planes<uint32_t, kWalls> walls(all_walls, plane, blockIdx.x);
    const uint32_t *const touched = walls[kTouched], *const closed = walls[kClosed];
    uint32_t* const inside = walls[kInside];
    const int row = plane.row(), words = plane.words();
    const int first = static_cast<int>(threadIdx.x), threads = static_cast<int>(blockDim.x);
    rooms += static_cast<size_t>(blockIdx.x) * kWordBits * words;
    areas += static_cast<size_t>(blockIdx.x) * kWordBits * words;
    if (first == 0) cells = 0;
    __syncthreads();

    // Each run begins as a room of its own.
    for (int i = first; i < words; i += threads) {
        walls[kOpen][i] = inside[i] = touched[i] & ~closed[i];
        if (touched[i] == 0) continue;
        const uint32_t* const at = closed + i;
        inside[i] &= ~(right(at) | left(at) | below(at, row) | above(at, row));
        atomicAdd(&cells, static_cast<unsigned>(__popc(touched[i])));
        each_run(inside[i], [&](uint32_t run) {
            rooms[number(i, run)] = number(i, run);
            areas[number(i, run)] = 0;
        });
    }
    __syncthreads();

    // Runs that meet at the border of a word, or lie above each other, are of one room.
    for (int i = first; i < words; i += threads)
        each_run(inside[i], [&](uint32_t run) {
            if (run & left(inside + i) & 1u) join(rooms, number(i, run), number(i - 1, inside[i - 1], 1u << 31));
            const uint32_t over = above(inside + i, row);
            each_run(run & over, [&](uint32_t part) { join(rooms, number(i, run), number(i - row, over, part)); });
        });
    __syncthreads();

    for (int i = first; i < words; i += threads)
        each_run(inside[i], [&](uint32_t run) {
            const unsigned room = room_of<const unsigned>(rooms, number(i, run));
            const uint32_t* const at = touched + i;
            atomicAdd(&areas[room], static_cast<unsigned>(__popc(run)));
            if (run & ~(right(at) & left(at) & below(at, row) & above(at, row))) atomicOr(&areas[room], kBorder);
        });
    __syncthreads();

    for (int i = first; i < words; i += threads) {
        uint32_t large = 0, outer = 0;
        each_run(inside[i], [&](uint32_t run) {
            const unsigned area = areas[room_of<const unsigned>(rooms, number(i, run))];
            if ((area & ~kBorder) * kLarge > cells) large |= run;
            if (area & kBorder) outer |= run;
        });
        walls[kInLarge][i] = large;
        walls[kInOuter][i] = outer;
    }
}

// One block lets the colors of one map flow: `spread` of spread.py up to its last lines, which `carried` does.
extern "C" __global__ void __launch_bounds__(kMostThreads)
    spread_flow(const float* hints, const uint32_t* all_walls, uint32_t* all_ways, int width, int height, int reach) {
    __shared__ uint32_t staged[2 * kStaged];
    const Plane plane{width, height};
    const Planes<const uint32_t, kWalls> walls(all_walls, plane, blockIdx.x);
    const Planes<uint32_t, kWays> ways(all_ways, plane, blockIdx.x);
    const int words = plane.words(), first = static_cast<int>(threadIdx.x), threads = static_cast<int>(blockDim.x);
    const bool fits = words <= kStaged;
    Flow flow{plane, fits ? staged : ways[kFrom], fits ? staged + kStaged : ways[kTo]};
    hints += static_cast<size_t>(blockIdx.x) * 4 * width * height;

    bool any = false;
    for (int i = first; i < words; i += threads) {
        flow.from[i] = ways[kSource][i] = walls[kOpen][i] & solid(hints, plane, i);
        flow.to[i] = ways[kNearLow][i] = ways[kNearHigh][i] = ways[kLow][i] = ways[kHigh][i] = 0;
        any = any || flow.from[i] != 0;
    }
    any = __syncthreads_or(any);
    if (any && reach > 0) {
        // A stroke along a line lies in no room: it belongs to the one it touches.
        flow.run(walls[kOpen], kGap, ways[kNearLow], ways[kNearHigh]);
        for (int i = first; i < words; i += threads) ways[kStart][i] = flow.from[i] &= walls[kInside][i];
        flow.run(walls[kInside], INT_MAX, ways[kLow], ways[kHigh]);
        for (int i = first; i < words; i += threads) {
            const uint32_t unfilled = walls[kInside][i] & ~flow.from[i];  // rooms are filled as a whole or not at all
            const uint32_t blank = unfilled & walls[kInOuter][i], solid = ways[kSource][i];
            ways[kBlank][i] = blank;
            ways[kEnter][i] = walls[kOpen][i] & ~(unfilled & walls[kInLarge][i]);
            ways[kStart][i] |= solid | blank;
            flow.from[i] |= solid | blank;
        }
        flow.run(ways[kEnter], reach, ways[kLow], ways[kHigh]);
    }
    for (int i = first; i < words; i += threads) ways[kReached][i] = flow.from[i] & ~ways[kSource][i];
}

#define CARRIED(NAME, TYPE)                                                                \
    extern "C" __global__ void __launch_bounds__(kThreads)                                 \
        NAME(const float* hints, const uint32_t* ways, TYPE* out, int width, int height) { \
        carried(hints, ways, out, width, height);                                          \
    }
CARRIED(spread_hints_fp32, float)
CARRIED(spread_hints_fp16, Half)
