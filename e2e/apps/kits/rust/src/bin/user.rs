//! Answers with the parameter of its route.

use anyhow::{Context, Result};
use std::collections::HashMap;
use wasm_workers_rs::http::{Request, Response};
use wasm_workers_rs::{worker, Content};

#[worker(params)]
fn show(_request: Request<String>, params: &HashMap<String, String>) -> Result<Response<Content>> {
    let id = params.get("id").context("the route has no id")?;
    Ok(Response::new(id.clone().into()))
}
