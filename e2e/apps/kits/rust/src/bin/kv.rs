//! Counts its visits in the K/V namespace.

use anyhow::Result;
use wasm_workers_rs::http::{Request, Response};
use wasm_workers_rs::{worker, Cache, Content};

#[worker(cache)]
fn count(_request: Request<String>, cache: &mut Cache) -> Result<Response<Content>> {
    let before: u32 = cache.get("count").map_or(Ok(0), |text| text.parse())?;
    let count = (before + 1).to_string();
    cache.insert("count".into(), count.clone());
    Ok(Response::new(count.into()))
}
