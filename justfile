# List the recipes.
default:
    @just --list

# Measure what is missing on this machine and render the guide: `just report --data my_table/`.
report *ARGS:
    cargo run --release -- report {{ARGS}}

# Run every test.
test:
    cargo test --workspace

# Build the programs that are built apart: tables in Delta Lake and Iceberg.
lanes:
    cargo build --release --manifest-path lanes/table-formats/Cargo.toml

# Run the speed benchmarks: kernels, and the harness itself.
bench:
    cargo bench --workspace
    cargo run --release -p protocol-bench

# Format, and lint.
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings

# Open the site.
open:
    xdg-open report/index.html || open report/index.html

# Check the rendered site in a headless browser: accessibility, errors, outside requests, widths.
browser SITE="report":
    cd tests/browser && npm install --silent && node check.mjs ../../{{SITE}}

# Make the folder of a new experiment.
new SLUG:
    cargo run --release -- new {{SLUG}}
