// What every kernel is made of. Compiled once for each kind of numbers: ELEMENT is 0 for f32, 1 for f16, 2 for bf16.
//
// Numbers are stored as T and computed in f32. No header is needed, so that the compiler's library alone suffices.

#define INFINITY_F __uint_as_float(0x7f800000u)

#if ELEMENT == 0
typedef float T;
__device__ inline float get(T x) { return x; }
__device__ inline T put(float x) { return x; }
#else
typedef unsigned short T;
#if ELEMENT == 1
#ifndef EMULATED
__device__ inline float get(T x) {
    float wide;
    asm("cvt.f32.f16 %0, %1;" : "=f"(wide) : "h"(x));
    return wide;
}
__device__ inline T put(float x) {
    T narrow;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(narrow) : "f"(x));
    return narrow;
}
#endif
#else
// The upper half of a float. Rounded to the nearest, to even between two; a NaN stays one.
__device__ inline float get(T x) { return __uint_as_float((unsigned)x << 16); }
__device__ inline T put(float x) {
    unsigned bits = __float_as_uint(x);
    if ((bits & 0x7fffffffu) > 0x7f800000u) return (T)(bits >> 16 | 0x40u);
    return (T)((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}
#endif
#endif

// As many numbers as a thread moves at once: 16 bytes.
#define WIDTH (16 / (int)sizeof(T))
struct alignas(16) Pack { T at[WIDTH]; };

// Reads WIDTH numbers from place i of n; beyond the end they are `filler`. `whole` says that places are multiples of WIDTH from an
// address aligned to 16 bytes, which a row has if its length is such a multiple.
__device__ inline void load(float *to, const T *from, size_t i, size_t n, bool whole, float filler) {
    if (whole && i + WIDTH <= n) {
        Pack pack = *(const Pack *)(from + i);
        for (int j = 0; j < WIDTH; j++) to[j] = get(pack.at[j]);
    } else {
        for (int j = 0; j < WIDTH; j++) to[j] = i + j < n ? get(from[i + j]) : filler;
    }
}

__device__ inline void store(T *to, const float *from, size_t i, size_t n, bool whole) {
    if (whole && i + WIDTH <= n) {
        Pack pack;
        for (int j = 0; j < WIDTH; j++) pack.at[j] = put(from[j]);
        *(Pack *)(to + i) = pack;
    } else {
        for (int j = 0; j < WIDTH && i + j < n; j++) to[i + j] = put(from[j]);
    }
}

// As load, from numbers in f32: parameters and statistics are never narrower.
__device__ inline void load_wide(float *to, const float *from, size_t i, size_t n) {
    for (int j = 0; j < WIDTH; j++) to[j] = i + j < n ? from[i + j] : 0.0f;
}

// The first of the WIDTH elements that are this thread's in an element-wise kernel.
__device__ inline size_t first() { return ((size_t)blockIdx.x * blockDim.x + threadIdx.x) * WIDTH; }

// The sum, or the maximum, over all threads of the block; every thread gets it. All threads must call it.
__device__ inline float block_sum(float value) {
    __shared__ float parts[32];
    for (int step = 16; step > 0; step /= 2) value += __shfl_xor_sync(0xffffffffu, value, step);
    int lane = threadIdx.x % 32, warps = blockDim.x / 32;
    __syncthreads(); // an earlier call may still be reading
    if (lane == 0) parts[threadIdx.x / 32] = value;
    __syncthreads();
    value = lane < warps ? parts[lane] : 0.0f;
    for (int step = 16; step > 0; step /= 2) value += __shfl_xor_sync(0xffffffffu, value, step);
    return value;
}

// NaN wins, so that a broken number shows and does not vanish.
__device__ inline float larger(float a, float b) { return a > b || a != a ? a : b; }

__device__ inline float block_max(float value) {
    __shared__ float parts[32];
    for (int step = 16; step > 0; step /= 2) value = larger(value, __shfl_xor_sync(0xffffffffu, value, step));
    int lane = threadIdx.x % 32, warps = blockDim.x / 32;
    __syncthreads();
    if (lane == 0) parts[threadIdx.x / 32] = value;
    __syncthreads();
    value = lane < warps ? parts[lane] : -INFINITY_F;
    for (int step = 16; step > 0; step /= 2) value = larger(value, __shfl_xor_sync(0xffffffffu, value, step));
    return value;
}

// Exact GELU, x times the share of a normal distribution below it, and its slope.
__device__ inline float gelu_of(float x) { return x * 0.5f * (1.0f + erff(x * 0.70710678f)); }
__device__ inline float gelu_slope(float x) {
    return 0.5f * (1.0f + erff(x * 0.70710678f)) + x * 0.39894228f * expf(-0.5f * x * x);
}
