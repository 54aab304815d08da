//! The `tandem` binary.

/// Many small values live for a moment; the system's allocator spends more on them than Tandem does.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    tandem::cli::main()
}
