/// The body of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    Text(String),
    /// Bytes that need not be text.
    Base64(Vec<u8>),
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Content::Text(text)
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Content::Text(text.into())
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Content::Base64(bytes)
    }
}

impl From<()> for Content {
    fn from(_: ()) -> Self {
        Content::Text(String::new())
    }
}

/// What a handler may take for the body of its request: `Request<String>` or `Request<Vec<u8>>`.
pub trait FromBody {
    fn from_body(bytes: Vec<u8>) -> Self;
}

impl FromBody for Vec<u8> {
    fn from_body(bytes: Vec<u8>) -> Self {
        bytes
    }
}

/// Bytes that are no text become replacement characters.
impl FromBody for String {
    fn from_body(bytes: Vec<u8>) -> Self {
        String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }
}
