//! Does what its query says, and tells how it finds its state, for the tests of isolation and limits.

use anyhow::Result;
use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::hint::black_box;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use wasm_workers_rs::http::{Request, Response};
use wasm_workers_rs::{worker, Content};

static GLOBAL: AtomicU64 = AtomicU64::new(1);

#[worker]
fn answer(request: Request<String>) -> Result<Response<Content>> {
    match request.uri().query() {
        Some("taint") => taint()?,
        Some("loop") => loop {
            black_box(());
        },
        Some("recurse") => GLOBAL.store(recurse(0), Ordering::Relaxed),
        Some("allocate") => {
            let mut kept = Vec::new();
            loop {
                kept.push(vec![1u8; 1 << 20]);
                black_box(&kept);
            }
        }
        Some("flood") => loop {
            println!("{}", "x".repeat(1 << 16));
        },
        Some("never") => std::thread::sleep(Duration::MAX),
        Some("random") => return Ok(Response::new(random().into())),
        _ => {}
    }
    Ok(Response::new(found()?.into()))
}

fn found() -> Result<String> {
    let state = serde_json::json!({
        "globals": GLOBAL.load(Ordering::Relaxed),
        "environment": std::env::var("MODE")?,
        "files": File::open("/data/note.txt")?.as_raw_fd(),
        "tmp": Path::new("/tmp/left").exists(),
    });
    Ok(state.to_string())
}

/// Rust has no builtins that a program could change.
fn taint() -> Result<()> {
    GLOBAL.store(9, Ordering::Relaxed);
    std::env::set_var("MODE", "spoilt");
    std::mem::forget(File::open("/data/note.txt")?);
    let _ = std::fs::write("/tmp/left", "here");
    Ok(())
}

fn recurse(depth: u64) -> u64 {
    if depth == u64::MAX {
        return 0;
    }
    black_box(recurse(black_box(depth + 1))) + 1
}

/// The only randomness of the standard library is the seed of its hash tables.
fn random() -> String {
    let drawn: Vec<String> = (0..2)
        .map(|number: u32| RandomState::new().hash_one(number).to_string())
        .collect();
    serde_json::json!(drawn).to_string()
}
