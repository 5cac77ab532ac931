//! Answers with a variable of its configuration.

use anyhow::Result;
use wasm_workers_rs::http::{Request, Response};
use wasm_workers_rs::{worker, Content};

#[worker]
fn greet(_request: Request<String>) -> Result<Response<Content>> {
    Ok(Response::new(std::env::var("GREETING")?.into()))
}
