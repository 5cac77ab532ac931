//! Workers that answer one request per run of a WebAssembly module, built for `wasm32-wasip1`. The request comes as a
//! JSON object on standard input, the answer goes as one to standard output.
//!
//! ```no_run
//! use wasm_workers_rs::http::{self, Request, Response};
//! use wasm_workers_rs::{worker, Cache, Content};
//!
//! #[worker(cache)]
//! fn visit(request: Request<String>, cache: &mut Cache) -> http::Result<Response<Content>> {
//!     let count = cache.get("count").and_then(|text| text.parse().ok()).unwrap_or(0) + 1;
//!     cache.insert("count".into(), count.to_string());
//!     Response::builder().header("content-type", "text/plain").body(format!("{count} {}", request.uri()).into())
//! }
//! ```

mod answer;
pub mod bindings;
mod content;
mod incoming;
#[cfg(target_arch = "wasm32")]
mod memory;

use std::collections::HashMap;
use std::fmt::Debug;
use std::io::{Read, Write};

pub use content::{Content, FromBody};
pub use http;
pub use wasm_workers_rs_macro::worker;

use http::{Request, Response};
use incoming::Incoming;

/// The K/V namespace of a worker. What it holds when the handler has returned is stored.
pub type Cache = HashMap<String, String>;

/// Parameters of the route.
pub type Params = HashMap<String, String>;

/// Reads the request, has it handled and writes the answer. `#[worker]` calls it.
///
/// When the handler fails, the error is on standard error, the answer is a 500 and the namespace stays as it was. Input
/// that is no request ends the program with exit code 1.
pub fn run<B, C, E>(handler: impl FnOnce(Request<B>, &Params, &mut Cache) -> Result<Response<C>, E>)
where
    B: FromBody,
    C: Into<Content>,
    E: Debug,
{
    if let Err(problem) = answer_stdin(handler) {
        eprintln!("worker: {problem}");
        std::process::exit(1);
    }
}

fn answer_stdin<B, C, E>(
    handler: impl FnOnce(Request<B>, &Params, &mut Cache) -> Result<Response<C>, E>,
) -> Result<(), Box<dyn std::error::Error>>
where
    B: FromBody,
    C: Into<Content>,
    E: Debug,
{
    let mut input = Vec::new();
    std::io::stdin().read_to_end(&mut input)?;
    let Incoming {
        request,
        params,
        cache,
    } = Incoming::parse(&input)?;
    let mut changed = cache.clone();
    let text = match handler(request.map(B::from_body), &params, &mut changed) {
        Ok(response) => answer::write(response.map(Into::into), changed),
        Err(error) => {
            eprintln!("Error: {error:?}");
            answer::write(failure(), cache)
        }
    };
    // At once: half an answer is none.
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(())
}

fn failure() -> Response<Content> {
    let mut response = Response::new(Content::Text(
        "There was an error running the handler".into(),
    ));
    *response.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
    response
}
