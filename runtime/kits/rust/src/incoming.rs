use crate::{Cache, Params};
use base64::{prelude::BASE64_STANDARD, Engine};
use http::Request;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::error::Error;

/// What comes on standard input.
pub struct Incoming {
    pub request: Request<Vec<u8>>,
    pub params: Params,
    pub cache: Cache,
}

impl Incoming {
    pub fn parse(input: &[u8]) -> Result<Self, Box<dyn Error>> {
        let mut envelope: Map<String, Value> = serde_json::from_slice(input)
            .map_err(|error| format!("cannot read the request: {error}"))?;
        let body = body(&mut envelope)?;
        let mut request = Request::builder()
            .method(text(&mut envelope, "method")?.as_bytes())
            .uri(text(&mut envelope, "url")?);
        for (name, value) in strings(&mut envelope, "headers")? {
            request = request.header(name, value.as_bytes());
        }
        Ok(Incoming {
            request: request
                .body(body)
                .map_err(|error| format!("cannot make a request: {error}"))?,
            params: strings(&mut envelope, "params")?,
            cache: strings(&mut envelope, "kv")?,
        })
    }
}

/// Plain text, or base64 where `base64` says so.
fn body(envelope: &mut Map<String, Value>) -> Result<Vec<u8>, Box<dyn Error>> {
    let text = text(envelope, "body")?;
    if envelope.get("base64") == Some(&Value::Bool(true)) {
        return Ok(BASE64_STANDARD
            .decode(text)
            .map_err(|error| format!("cannot read the body: {error}"))?);
    }
    Ok(text.into_bytes())
}

fn text(envelope: &mut Map<String, Value>, key: &str) -> Result<String, String> {
    match envelope.remove(key) {
        Some(Value::String(text)) => Ok(text),
        _ => Err(format!("cannot read the request: {key:?} is no string")),
    }
}

/// Absent is empty: the first versions of the envelope had no parameters.
fn strings(
    envelope: &mut Map<String, Value>,
    key: &str,
) -> Result<HashMap<String, String>, String> {
    let object = match envelope.remove(key) {
        None => return Ok(HashMap::new()),
        Some(Value::Object(object)) => object,
        Some(_) => return Err(format!("cannot read the request: {key:?} is no object")),
    };
    let entries = object.into_iter().map(|(name, value)| match value {
        Value::String(text) => Ok((name, text)),
        _ => Err(format!(
            "cannot read the request: {name:?} in {key:?} is no string"
        )),
    });
    entries.collect()
}
