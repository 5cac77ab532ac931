//! Passes on what another server answers.

use anyhow::Result;
use wasm_workers_rs::http::{Request, Response};
use wasm_workers_rs::{bindings, worker, Content};

#[worker]
fn fetch(_request: Request<String>) -> Result<Response<Content>> {
    let request = Request::get(std::env::var("UPSTREAM")?).body(String::new())?;
    let response = bindings::send_http_request(request)?;
    Ok(response.map(Content::from))
}
