//! Does what the path of the request says, for the tests of the kit; the probe of the Go kit knows the same paths.

use anyhow::{bail, Result};
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use wasm_workers_rs::bindings::{send_http_request, HttpRequestError};
use wasm_workers_rs::http::{self, Request, Response};
use wasm_workers_rs::{worker, Cache, Content};

static VISITS: AtomicU32 = AtomicU32::new(0);

#[worker(cache, params)]
fn answer(
    request: Request<Vec<u8>>,
    params: &HashMap<String, String>,
    cache: &mut Cache,
) -> Result<Response<Content>> {
    let text = match request.uri().path() {
        "/hello" => {
            let response = Response::builder().status(201).header("x-kind", "probe");
            return Ok(response.body("hello <&> \u{2028} é".into())?);
        }
        "/echo" => echo(&request, params),
        "/bytes" => return Ok(Response::new((0..=255).collect::<Vec<u8>>().into())),
        "/reverse" => {
            let bytes: Vec<u8> = request.into_body().into_iter().rev().collect();
            return Ok(Response::new(bytes.into()));
        }
        "/kv" => kv(cache),
        "/env" => std::env::var("GREETING")?,
        "/read" => std::fs::read_to_string("/data/note.txt")?,
        "/write" => {
            // A panic is a failure of another kind than an error.
            std::fs::write("/data/written.txt", request.method().as_str()).unwrap();
            "written".into()
        }
        "/cookies" => {
            let response = Response::builder()
                .header("set-cookie", "a=1")
                .header("set-cookie", "b=2");
            return Ok(response.body(().into())?);
        }
        "/fetch" => {
            let request = Request::get(std::env::var("UPSTREAM")?)
                .header("x-a", "1")
                .header("x-a", "é".as_bytes());
            tell(send_http_request(request.body("")?))
        }
        "/post" => tell(send_http_request(
            Request::post(std::env::var("UPSTREAM")?).body(vec![0, 0xff])?,
        )),
        "/trace" => tell(send_http_request(
            Request::trace(std::env::var("UPSTREAM")?).body(String::new())?,
        )),
        "/visits" => (VISITS.fetch_add(1, Ordering::Relaxed) + 1).to_string(),
        "/random" => random(),
        "/clock" => format!(
            "{} true",
            SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis()
        ),
        "/fail" => panic!("out of order"),
        "/error" => {
            cache.insert("changed".into(), "yes".into());
            bail!("not today")
        }
        "/stderr" => {
            eprintln!("a line for the log");
            String::new()
        }
        other => bail!("no such path: {other}"),
    };
    Ok(Response::new(text.into()))
}

/// Tells what it has been asked.
fn echo(request: &Request<Vec<u8>>, params: &HashMap<String, String>) -> String {
    let header = |name| String::from_utf8_lossy(request.headers()[name].as_bytes()).into_owned();
    let answer = serde_json::json!({
        "method": request.method().as_str(),
        "url": request.uri().to_string(),
        "host": header("host"),
        "agent": header("user-agent"),
        "body": String::from_utf8_lossy(request.body()),
        "params": params,
    });
    answer.to_string()
}

/// Counts, forgets one key and adds one whose name is hard to write.
fn kv(cache: &mut Cache) -> String {
    let count = cache
        .get("count")
        .and_then(|text| text.parse().ok())
        .unwrap_or(0)
        + 1;
    cache.insert("count".into(), count.to_string());
    cache.remove("forget");
    cache.insert("a.b \"c\" é".into(), "d.e".into());
    count.to_string()
}

fn tell(reply: Result<http::Response<Vec<u8>>, HttpRequestError>) -> String {
    match reply {
        Err(refused) => format!("error {}: {refused}", refused.error as u8),
        Ok(response) => {
            let values = response.headers().get_all("x-b").iter();
            let values: Vec<_> = values
                .map(|value| String::from_utf8_lossy(value.as_bytes()))
                .collect();
            let body = String::from_utf8_lossy(response.body());
            format!(
                "{} {} {body:?}",
                response.status().as_u16(),
                values.join(",")
            )
        }
    }
}

/// The only randomness of the standard library is the seed of its hash tables.
fn random() -> String {
    let drawn: HashSet<u64> = (0..4)
        .map(|number: u32| RandomState::new().hash_one(number))
        .collect();
    drawn.iter().map(|number| format!("{number}\n")).collect()
}
