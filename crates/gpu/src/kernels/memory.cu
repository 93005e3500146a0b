// Kernels whose time is that of moving memory: what stands between the products.

// y += a · x
extern "C" __global__ void axpy(T *y, const T *x, float a, size_t n) {
    size_t i = first();
    float sum[WIDTH], add[WIDTH];
    load(sum, y, i, n, true, 0.0f);
    load(add, x, i, n, true, 0.0f);
    for (int j = 0; j < WIDTH; j++) sum[j] += a * add[j];
    store(y, sum, i, n, true);
}

// One partial sum for each block; blocks stride over all elements.
extern "C" __global__ void sum(float *partials, const T *x, size_t n) {
    float total = 0.0f, at[WIDTH];
    for (size_t i = first(); i < n; i += (size_t)gridDim.x * blockDim.x * WIDTH) {
        load(at, x, i, n, true, 0.0f);
        for (int j = 0; j < WIDTH; j++) total += at[j];
    }
    total = block_sum(total);
    if (threadIdx.x == 0) partials[blockIdx.x] = total;
}

// One block adds up n partial sums.
extern "C" __global__ void sum_partials(float *total, const float *partials, size_t n) {
    float mine = 0.0f;
    for (size_t i = threadIdx.x; i < n; i += blockDim.x) mine += partials[i];
    mine = block_sum(mine);
    if (threadIdx.x == 0) *total = mine;
}

extern "C" __global__ void gelu(T *y, const T *x, size_t n) {
    size_t i = first();
    float at[WIDTH];
    load(at, x, i, n, true, 0.0f);
    for (int j = 0; j < WIDTH; j++) at[j] = gelu_of(at[j]);
    store(y, at, i, n, true);
}

// A block for each row: softmax of factor · x. y may be x.
extern "C" __global__ void softmax(T *y, const T *x, float factor, size_t columns) {
    const T *from = x + (size_t)blockIdx.x * columns;
    T *to = y + (size_t)blockIdx.x * columns;
    bool whole = columns % WIDTH == 0;
    size_t step = (size_t)blockDim.x * WIDTH;
    float at[WIDTH], highest = -INFINITY_F, total = 0.0f;
    for (size_t i = (size_t)threadIdx.x * WIDTH; i < columns; i += step) {
        load(at, from, i, columns, whole, -INFINITY_F);
        for (int j = 0; j < WIDTH; j++) highest = larger(highest, factor * at[j]);
    }
    highest = block_max(highest);
    for (size_t i = (size_t)threadIdx.x * WIDTH; i < columns; i += step) {
        load(at, from, i, columns, whole, -INFINITY_F);
        for (int j = 0; j < WIDTH; j++) total += expf(factor * at[j] - highest);
    }
    total = 1.0f / block_sum(total);
    for (size_t i = (size_t)threadIdx.x * WIDTH; i < columns; i += step) {
        load(at, from, i, columns, whole, -INFINITY_F);
        for (int j = 0; j < WIDTH; j++) at[j] = expf(factor * at[j] - highest) * total;
        store(to, at, i, columns, whole);
    }
}

// A block for each row: mean 0 and deviation 1, then times weight plus bias. What the way back needs is kept: one over each row's
// deviation, and its mean.
extern "C" __global__ void layer_norm(T *y, float *inverses, float *means, const T *x, const float *weight, const float *bias,
                                      float epsilon, size_t columns) {
    const T *from = x + (size_t)blockIdx.x * columns;
    T *to = y + (size_t)blockIdx.x * columns;
    bool whole = columns % WIDTH == 0;
    size_t step = (size_t)blockDim.x * WIDTH;
    float at[WIDTH], by[WIDTH], plus[WIDTH], mean = 0.0f, spread = 0.0f;
    for (size_t i = (size_t)threadIdx.x * WIDTH; i < columns; i += step) {
        load(at, from, i, columns, whole, 0.0f);
        for (int j = 0; j < WIDTH; j++) mean += at[j];
    }
    mean = block_sum(mean) / (float)columns;
    for (size_t i = (size_t)threadIdx.x * WIDTH; i < columns; i += step) {
        load(at, from, i, columns, whole, mean);
        for (int j = 0; j < WIDTH; j++) spread += (at[j] - mean) * (at[j] - mean);
    }
    float inverse = rsqrtf(block_sum(spread) / (float)columns + epsilon);
    for (size_t i = (size_t)threadIdx.x * WIDTH; i < columns; i += step) {
        load(at, from, i, columns, whole, 0.0f);
        load_wide(by, weight, i, columns);
        load_wide(plus, bias, i, columns);
        for (int j = 0; j < WIDTH; j++) at[j] = (at[j] - mean) * inverse * by[j] + plus[j];
        store(to, at, i, columns, whole);
    }
    if (threadIdx.x == 0) {
        inverses[blockIdx.x] = inverse;
        means[blockIdx.x] = mean;
    }
}
