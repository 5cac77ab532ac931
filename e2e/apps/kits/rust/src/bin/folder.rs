//! Answers with a file of its folder.

use anyhow::Result;
use wasm_workers_rs::http::{Request, Response};
use wasm_workers_rs::{worker, Content};

#[worker]
fn note(_request: Request<String>) -> Result<Response<Content>> {
    Ok(Response::new(std::fs::read("/data/note.txt")?.into()))
}
