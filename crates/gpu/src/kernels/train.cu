// What a training step needs beside products and the kernels before: embeddings, norms around the stream, heads, the loss, and
// the update. The stream from norm to norm is f32, and so are statistics, loss, gradients of weights, and the update.

// Turns a row of the stream, which every thread has written its own part of, into numbers of mean 0 and deviation 1, and writes
// the norm's output.
__device__ inline void finish_row(float *row, float *inverse, T *out, const float *weight, const float *bias, float mean,
                                  float epsilon, size_t columns) {
    float spread = 0.0f;
    mean = block_sum(mean) / (float)columns;
    for (size_t i = threadIdx.x; i < columns; i += blockDim.x) spread += (row[i] - mean) * (row[i] - mean);
    float factor = rsqrtf(block_sum(spread) / (float)columns + epsilon);
    for (size_t i = threadIdx.x; i < columns; i += blockDim.x) {
        float normal = (row[i] - mean) * factor;
        row[i] = normal;
        out[i] = put(normal * weight[i] + bias[i]);
    }
    if (threadIdx.x == 0) *inverse = factor;
}

// A block for each token: the norm of its word's row plus its place's.
extern "C" __global__ void embed(float *normal, float *inverses, T *out, const unsigned *tokens, const float *words,
                                 const float *places, const float *weight, const float *bias, float epsilon, size_t sequence,
                                 size_t columns) {
    size_t token = blockIdx.x;
    const float *word = words + (size_t)tokens[token] * columns, *place = places + token % sequence * columns;
    float *row = normal + token * columns, mean = 0.0f;
    for (size_t i = threadIdx.x; i < columns; i += blockDim.x) {
        row[i] = word[i] + place[i];
        mean += row[i];
    }
    finish_row(row, inverses + token, out + token * columns, weight, bias, mean, epsilon, columns);
}

// Adds each token's row to the gradients of its word's row and its place's.
extern "C" __global__ void embed_back(float *by_words, float *by_places, const unsigned *tokens, const float *gradient,
                                      size_t sequence, size_t columns) {
    size_t token = blockIdx.x;
    const float *row = gradient + token * columns;
    float *by_word = by_words + (size_t)tokens[token] * columns, *by_place = by_places + token % sequence * columns;
    for (size_t i = threadIdx.x; i < columns; i += blockDim.x) {
        atomicAdd(by_word + i, row[i]);
        atomicAdd(by_place + i, row[i]);
    }
}

// A block for each token: the norm of the stream plus what a product gave, plus that product's bias. The stream is the output of
// the norm before, `normal_before · weight_before + bias_before`.
extern "C" __global__ void add_norm(float *normal, float *inverses, T *out, const float *normal_before, const float *weight_before,
                                    const float *bias_before, const T *sums, const T *product_bias, const float *weight,
                                    const float *bias, float epsilon, size_t columns) {
    size_t start = (size_t)blockIdx.x * columns;
    float *row = normal + start, mean = 0.0f;
    for (size_t i = threadIdx.x; i < columns; i += blockDim.x) {
        row[i] = normal_before[start + i] * weight_before[i] + bias_before[i] + get(sums[start + i]) + get(product_bias[i]);
        mean += row[i];
    }
    finish_row(row, inverses + blockIdx.x, out + start, weight, bias, mean, epsilon, columns);
}

// A block for each token: the gradient by a norm's output becomes the one by its input.
extern "C" __global__ void norm_back(float *gradient, const float *normal, const float *inverses, const float *weight,
                                     size_t columns) {
    float *to = gradient + (size_t)blockIdx.x * columns, mean = 0.0f, along = 0.0f;
    const float *row = normal + (size_t)blockIdx.x * columns;
    for (size_t i = threadIdx.x; i < columns; i += blockDim.x) {
        mean += to[i] * weight[i];
        along += to[i] * weight[i] * row[i];
    }
    mean = block_sum(mean) / (float)columns;
    along = block_sum(along) / (float)columns;
    float inverse = inverses[blockIdx.x];
    for (size_t i = threadIdx.x; i < columns; i += blockDim.x) to[i] = (to[i] * weight[i] - mean - row[i] * along) * inverse;
}

// stream += x
extern "C" __global__ void add_to_stream(float *stream, const T *x, size_t n) {
    size_t i = first();
    float at[WIDTH];
    load(at, x, i, n, true, 0.0f);
    for (int j = 0; j < WIDTH && i + j < n; j++) stream[i + j] += at[j];
}

// out = stream, in the numbers that are multiplied
extern "C" __global__ void narrow(T *out, const float *stream, size_t n) {
    size_t i = first();
    float at[WIDTH];
    load_wide(at, stream, i, n);
    store(out, at, i, n, true);
}

// Sums over rows, in two stages. In the first, a block does some columns of some rows: blocks for the columns of the first rows,
// then for those of the next. Gradients of a norm are sums of gradient times normal, and of the gradient, behind each other.
extern "C" __global__ void columns(float *partials, const T *x, size_t rows, size_t columns, size_t rows_each) {
    size_t across = (columns + blockDim.x - 1) / blockDim.x, part = blockIdx.x / across;
    size_t column = blockIdx.x % across * blockDim.x + threadIdx.x, end = min(rows, (part + 1) * rows_each);
    if (column >= columns) return;
    float sum = 0.0f;
    for (size_t row = part * rows_each; row < end; row++) sum += get(x[row * columns + column]);
    partials[part * columns + column] = sum;
}

extern "C" __global__ void norm_columns(float *partials, const float *gradient, const float *normal, size_t rows, size_t columns,
                                        size_t rows_each) {
    size_t across = (columns + blockDim.x - 1) / blockDim.x, part = blockIdx.x / across;
    size_t column = blockIdx.x % across * blockDim.x + threadIdx.x, end = min(rows, (part + 1) * rows_each);
    if (column >= columns) return;
    float by_weight = 0.0f, by_bias = 0.0f;
    for (size_t row = part * rows_each; row < end; row++) {
        float at = gradient[row * columns + column];
        by_weight += at * normal[row * columns + column];
        by_bias += at;
    }
    partials[part * 2 * columns + column] = by_weight;
    partials[part * 2 * columns + columns + column] = by_bias;
}

// The second stage: a thread for each column.
extern "C" __global__ void columns_total(float *sums, const float *partials, size_t parts, size_t columns) {
    size_t column = (size_t)blockIdx.x * blockDim.x + threadIdx.x;
    if (column >= columns) return;
    float sum = 0.0f;
    for (size_t part = 0; part < parts; part++) sum += partials[part * columns + column];
    sums[column] = sum;
}

// Between rows of tokens, as wide as `parts` times the model, and heads: for each part, text and head the rows of its tokens.
__device__ inline size_t in_heads(size_t i, size_t sequence, size_t heads, size_t head, size_t parts, size_t texts) {
    size_t width = heads * head, token = i / (parts * width), column = i % (parts * width);
    size_t part = column / width, in = column % width / head;
    return (((part * texts + token / sequence) * heads + in) * sequence + token % sequence) * head + column % head;
}

// Heads from rows of tokens, plus the bias where there is one.
extern "C" __global__ void split(T *to, const T *from, const T *bias, size_t sequence, size_t heads, size_t head, size_t parts,
                                 size_t texts, size_t n) {
    size_t i = first();
    float at[WIDTH];
    load(at, from, i, n, true, 0.0f);
    for (int j = 0; bias && j < WIDTH; j++) at[j] += get(bias[(i + j) % (parts * heads * head)]);
    if (head % WIDTH == 0) {
        if (i < n) store(to + in_heads(i, sequence, heads, head, parts, texts), at, 0, WIDTH, true);
    } else {
        for (int j = 0; j < WIDTH && i + j < n; j++) to[in_heads(i + j, sequence, heads, head, parts, texts)] = put(at[j]);
    }
}

// Rows of tokens from heads.
extern "C" __global__ void merge(T *to, const T *from, size_t sequence, size_t heads, size_t head, size_t parts, size_t texts,
                                 size_t n) {
    size_t i = first();
    float at[WIDTH];
    if (head % WIDTH == 0) {
        if (i < n) load(at, from + in_heads(i, sequence, heads, head, parts, texts), 0, WIDTH, true, 0.0f);
    } else {
        for (int j = 0; j < WIDTH; j++) at[j] = i + j < n ? get(from[in_heads(i + j, sequence, heads, head, parts, texts)]) : 0.0f;
    }
    store(to, at, i, n, true);
}

// A block for each row: the gradient by softmax' output becomes the one by its input before the factor.
extern "C" __global__ void softmax_back(T *gradient, const T *softmax, float factor, size_t columns) {
    T *to = gradient + (size_t)blockIdx.x * columns;
    const T *from = softmax + (size_t)blockIdx.x * columns;
    bool whole = columns % WIDTH == 0;
    size_t step = (size_t)blockDim.x * WIDTH;
    float at[WIDTH], by[WIDTH], along = 0.0f;
    for (size_t i = (size_t)threadIdx.x * WIDTH; i < columns; i += step) {
        load(at, from, i, columns, whole, 0.0f);
        load(by, to, i, columns, whole, 0.0f);
        for (int j = 0; j < WIDTH; j++) along += at[j] * by[j];
    }
    along = block_sum(along);
    for (size_t i = (size_t)threadIdx.x * WIDTH; i < columns; i += step) {
        load(at, from, i, columns, whole, 0.0f);
        load(by, to, i, columns, whole, 0.0f);
        for (int j = 0; j < WIDTH; j++) by[j] = at[j] * (by[j] - along) * factor;
        store(to, by, i, columns, whole);
    }
}

// x += bias, and bent = gelu(x)
extern "C" __global__ void bias_gelu(T *bent, T *x, const T *bias, size_t columns, size_t n) {
    size_t i = first();
    float at[WIDTH];
    load(at, x, i, n, true, 0.0f);
    for (int j = 0; j < WIDTH; j++) at[j] += get(bias[(i + j) % columns]);
    store(x, at, i, n, true);
    // Of the number as it is kept: the way back sees no other.
    for (int j = 0; j < WIDTH; j++) at[j] = gelu_of(get(put(at[j])));
    store(bent, at, i, n, true);
}

// gradient *= gelu'(x)
extern "C" __global__ void gelu_back(T *gradient, const T *x, size_t n) {
    size_t i = first();
    float at[WIDTH], by[WIDTH];
    load(at, x, i, n, true, 0.0f);
    load(by, gradient, i, n, true, 0.0f);
    for (int j = 0; j < WIDTH; j++) by[j] *= gelu_slope(at[j]);
    store(gradient, by, i, n, true);
}

// The rows of each text's first token, and back: all other rows become zero.
extern "C" __global__ void take_first(T *to, const T *from, size_t sequence, size_t columns, size_t n) {
    size_t i = (size_t)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) to[i] = from[i / columns * sequence * columns + i % columns];
}

extern "C" __global__ void put_first(float *stream, const T *from, size_t sequence, size_t columns, size_t n) {
    size_t i = (size_t)blockIdx.x * blockDim.x + threadIdx.x;
    size_t token = i / columns;
    if (i < n) stream[i] = token % sequence == 0 ? get(from[token / sequence * columns + i % columns]) : 0.0f;
}

// x += bias, and bent = x where it is not negative. NaN stays NaN.
extern "C" __global__ void bias_relu(T *bent, T *x, const T *bias, size_t columns, size_t n) {
    size_t i = (size_t)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    x[i] = put(get(x[i]) + get(bias[i % columns]));
    bent[i] = get(x[i]) < 0.0f ? put(0.0f) : x[i];
}

extern "C" __global__ void relu_back(T *gradient, const T *x, size_t n) {
    size_t i = (size_t)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n && !(get(x[i]) > 0.0f)) gradient[i] = put(get(gradient[i]) * 0.0f);
}

// A thread for each text: softmax of its logits, its loss, and the gradient of scale · mean loss by the logits.
extern "C" __global__ void loss(float *losses, float *probabilities, T *by_logits, const T *sums, const T *bias,
                                const unsigned *labels, float scale, size_t classes, size_t texts) {
    size_t text = (size_t)blockIdx.x * blockDim.x + threadIdx.x;
    if (text >= texts) return;
    float *row = probabilities + text * classes, highest = -INFINITY_F, total = 0.0f;
    for (size_t i = 0; i < classes; i++) {
        row[i] = get(put(get(sums[text * classes + i]) + get(bias[i])));
        highest = larger(highest, row[i]);
    }
    float right = row[labels[text]];
    for (size_t i = 0; i < classes; i++) {
        row[i] = expf(row[i] - highest);
        total += row[i];
    }
    losses[text] = highest + logf(total) - right;
    for (size_t i = 0; i < classes; i++) {
        row[i] /= total;
        float one = i == labels[text] ? 1.0f : 0.0f;
        by_logits[text * classes + i] = put((row[i] - one) * scale / (float)texts);
    }
}

// Looks at gradients before they are used: counts those that are not finite, those that are not zero, and those that rounding makes
// zero, where they arrive rounded.
extern "C" __global__ void inspect(unsigned *counts, const float *gradients, size_t rounded, size_t n) {
    float broken = 0.0f, values = 0.0f, lost = 0.0f;
    for (size_t i = (size_t)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += (size_t)gridDim.x * blockDim.x) {
        float before = gradients[i], after = rounded ? get(put(before)) : before;
        broken += (__float_as_uint(after) & 0x7f800000u) == 0x7f800000u ? 1.0f : 0.0f;
        values += rounded && before != 0.0f ? 1.0f : 0.0f;
        lost += rounded && before != 0.0f && after == 0.0f ? 1.0f : 0.0f;
    }
    broken = block_sum(broken);
    values = block_sum(values);
    lost = block_sum(lost);
    if (threadIdx.x == 0) {
        atomicAdd(counts, (unsigned)broken);
        atomicAdd(counts + 1, (unsigned)values);
        atomicAdd(counts + 2, (unsigned)lost);
    }
}

// A step of AdamW on weights in f32, and their copy in the numbers that are multiplied.
extern "C" __global__ void adamw(float *weights, float *means, float *squares, T *copy, const float *gradients, float unscale,
                                 float beta1, float beta2, float rate, float root, float epsilon, float keep, size_t rounded,
                                 size_t n) {
    size_t i = (size_t)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    float gradient = (rounded ? get(put(gradients[i])) : gradients[i]) * unscale;
    float mean = beta1 * (means[i] - gradient) + gradient;
    float square = beta2 * (squares[i] - gradient * gradient) + gradient * gradient;
    float weight = weights[i] * keep - rate * mean / (sqrtf(square) * root + epsilon);
    means[i] = mean;
    squares[i] = square;
    weights[i] = weight;
    if (copy) copy[i] = put(weight);
}

// copy = weights, in the numbers that are multiplied, one by one: their places need not be multiples of anything.
extern "C" __global__ void cast(T *copy, const float *weights, size_t n) {
    size_t i = (size_t)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) copy[i] = put(weights[i]);
}
