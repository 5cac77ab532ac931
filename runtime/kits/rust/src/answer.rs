use crate::{Cache, Content};
use base64::{prelude::BASE64_STANDARD, Engine};
use http::{HeaderMap, Response};
use serde_json::{json, Map, Value};

/// What goes to standard output.
pub fn write(response: Response<Content>, cache: Cache) -> String {
    let (parts, content) = response.into_parts();
    let (data, base64) = match content {
        Content::Text(text) => (text, false),
        Content::Base64(bytes) => (BASE64_STANDARD.encode(bytes), true),
    };
    let kv: Map<String, Value> = cache
        .into_iter()
        .map(|(key, value)| (key, value.into()))
        .collect();
    json!({
        "data": data,
        "headers": headers(&parts.headers),
        "status": parts.status.as_u16(),
        "kv": kv,
        "base64": base64,
    })
    .to_string()
}

/// A string for each name, or a list where it has several values.
fn headers(headers: &HeaderMap) -> Map<String, Value> {
    let values = |name| -> Value {
        let mut values: Vec<Value> = headers
            .get_all(name)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into())
            .collect();
        if values.len() == 1 {
            values.remove(0)
        } else {
            values.into()
        }
    };
    headers
        .keys()
        .map(|name| (name.to_string(), values(name)))
        .collect()
}
