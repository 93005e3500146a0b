// What the kernels need of a GPU, on the processor: a block's threads are contexts that take turns, each until it waits for the
// others. Blocks run one after the other, so that memory shared by a block can be static.

#include <setjmp.h>
#include <ucontext.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <tuple>
#include <utility>
#include <vector>

#define EMULATED 1
#define __global__
#define __device__
#define __shared__ static

struct Place { unsigned x; };
static Place threadIdx, blockIdx, blockDim, gridDim;

// A context runs one thread of one block after the other. It is entered once by its own stack, and from then on by jumps, which need
// no system call.
struct Context { ucontext_t start; jmp_buf at; std::vector<char> stack; bool entered = false, done = false; };
static std::vector<Context *> contexts;
static ucontext_t entry;
static jmp_buf scheduler;
static std::vector<float> slots;
static void (*body)(void **);
static void **told;

static void wait_for_others() {
    unsigned mine = threadIdx.x;
    if (_setjmp(contexts[mine]->at) == 0) _longjmp(scheduler, 1);
    threadIdx.x = mine;
}

static void __syncthreads() { wait_for_others(); }

static float __shfl_xor_sync(unsigned, float value, int step) {
    unsigned mine = threadIdx.x;
    slots[mine] = value;
    wait_for_others();
    float other = slots[mine ^ (unsigned)step];
    wait_for_others();
    return other;
}

static float __uint_as_float(unsigned bits) { float x; std::memcpy(&x, &bits, 4); return x; }
static unsigned __float_as_uint(float x) { unsigned bits; std::memcpy(&bits, &x, 4); return bits; }
static float rsqrtf(float x) { return 1.0f / std::sqrt(x); }
static size_t min(size_t a, size_t b) { return a < b ? a : b; }
template <class N> static N atomicAdd(N *to, N more) { N before = *to; *to += more; return before; }

#if ELEMENT == 1
static float get(unsigned short x) { _Float16 half; std::memcpy(&half, &x, 2); return (float)half; }
static unsigned short put(float x) { _Float16 half = (_Float16)x; unsigned short bits; std::memcpy(&bits, &half, 2); return bits; }
#endif

static void thread() {
    unsigned mine = threadIdx.x;
    for (;;) {
        body(told);
        contexts[mine]->done = true;
        threadIdx.x = mine;
        wait_for_others();
    }
}

// Lets a thread run until it waits for the others or ends.
static void turn(unsigned i) {
    threadIdx.x = i;
    if (_setjmp(scheduler) != 0) return;
    if (contexts[i]->entered) _longjmp(contexts[i]->at, 1);
    contexts[i]->entered = true;
    swapcontext(&entry, &contexts[i]->start);
}

// Runs all threads of all blocks. Returns 0, or 1 if threads of a block did not wait for each other equally often.
static int run(void (*kernel)(void **), unsigned blocks, unsigned threads, void **arguments) {
    body = kernel;
    told = arguments;
    blockDim.x = threads;
    gridDim.x = blocks;
    if (slots.size() < threads) slots.resize(threads);
    while (contexts.size() < threads) {
        Context *context = new Context;
        context->stack.resize(64 << 10);
        getcontext(&context->start);
        context->start.uc_stack.ss_sp = context->stack.data();
        context->start.uc_stack.ss_size = context->stack.size();
        context->start.uc_link = nullptr;
        makecontext(&context->start, thread, 0);
        contexts.push_back(context);
    }
    for (blockIdx.x = 0; blockIdx.x < blocks; blockIdx.x++) {
        for (unsigned i = 0; i < threads; i++) contexts[i]->done = false;
        for (unsigned ended = 0; ended == 0;) {
            for (unsigned i = 0; i < threads; i++) {
                turn(i);
                ended += contexts[i]->done;
            }
            if (ended != 0 && ended != threads) return 1;
        }
    }
    return 0;
}

// Calls a kernel with arguments that are told by address, as the driver does.
template <class... A, size_t... I>
static void unpack(void (*kernel)(A...), void **arguments, std::index_sequence<I...>) {
    kernel(*(A *)arguments[I]...);
}
template <class... A> static void call(void (*kernel)(A...), void **arguments) {
    unpack(kernel, arguments, std::index_sequence_for<A...>{});
}
