//! Greets, counts visits and tells the news, as the workers in the other languages do.

use anyhow::Result;
use wasm_workers_rs::http::{Request, Response};
use wasm_workers_rs::{bindings, worker, Cache, Content};

#[worker(cache)]
fn visit(_request: Request<String>, cache: &mut Cache) -> Result<Response<Content>> {
    let visit: u32 = cache.get("visits").map_or(Ok(0), |text| text.parse())? + 1;
    cache.insert("visits".into(), visit.to_string());
    let greeting = std::fs::read_to_string("/data/greeting.txt")?;
    let news = Request::get(std::env::var("NEWS")?).body(String::new())?;
    let news = String::from_utf8(bindings::send_http_request(news)?.into_body())?;
    let text = format!("{} from Rust, visit {visit}. {news}", greeting.trim());
    Ok(Response::new(text.into()))
}
