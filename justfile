# The front door for people. Everything here is one cargo command, so that nothing needs `just`.

# list the recipes
default:
    @just --list

# run scenarios on the embedded bench: just run scenarios/bolus --diff
run *args:
    cargo thecal run {{args}}

# set up what is missing and check everything that must be green
test:
    cargo xtask test

# build the pump's image for STM32F405
firmware:
    cargo xtask firmware

# build the example pump in C for the same chip
firmware-c:
    cargo xtask firmware-c

# the whole library on the emulated board
qemu *args: firmware
    cargo thecal run --on qemu-uart {{args}}

# break the firmware on purpose: does the library notice?
self-test *args:
    cargo thecal self-test {{args}}

# from hazards to evidence: write docs/trace.md, tell what is missing
trace:
    cargo xtask trace

# measure, and print the ratios of the performance budget
bench:
    cargo bench -p thecal-sim
    cargo bench -p thecal-cli

# the spinal fluid by an adaptive solver too: agreement, then cost at two errors
oracle:
    cargo test --release --manifest-path sim/oracle/Cargo.toml
    cargo bench --manifest-path sim/oracle/Cargo.toml

# what a bench on a desk does at night
nightly: test self-test
