//! Requests to other servers.

use http::{Request, Response};
use std::fmt;

/// Sends a request to one of the hosts that the worker's configuration allows, and waits for the answer. Redirects have
/// been followed.
pub fn send_http_request<T: Into<Vec<u8>>>(
    request: Request<T>,
) -> Result<Response<Vec<u8>>, HttpRequestError> {
    let (parts, body) = request.into_parts();
    let method = METHODS
        .iter()
        .position(|known| *known == parts.method.as_str())
        .ok_or_else(|| {
            invalid(format!(
                "the method {:?} cannot be sent",
                parts.method.as_str()
            ))
        })?;
    let body = body.into();
    let uri = parts.uri.to_string();
    let headers: Vec<_> = parts
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect();
    let reply = host::send(&body, &headers, method, &uri)?;
    let mut response = Response::builder().status(reply.status);
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    response.body(reply.body).map_err(|error| HttpRequestError {
        error: HttpError::InternalError,
        message: format!("the answer makes no sense: {error}"),
    })
}

/// In the order of their numbers.
const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"];

fn invalid(message: String) -> HttpRequestError {
    HttpRequestError {
        error: HttpError::InvalidRequest,
        message,
    }
}

/// Why a request was not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRequestError {
    pub error: HttpError,
    pub message: String,
}

impl fmt::Display for HttpRequestError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for HttpRequestError {}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpError {
    InvalidRequest,
    InvalidRequestBody,
    InvalidResponseBody,
    NotAllowed,
    InternalError,
    Timeout,
    RedirectLoop,
}

/// An answer as the host gives it.
struct Reply {
    status: u16,
    headers: Vec<(Vec<u8>, Vec<u8>)>,
    body: Vec<u8>,
}

#[cfg(target_arch = "wasm32")]
mod host {
    use super::{HttpError, HttpRequestError, Reply};
    use crate::memory::{take, Span};

    /// In the order of their numbers.
    const ERRORS: [HttpError; 7] = [
        HttpError::InvalidRequest,
        HttpError::InvalidRequestBody,
        HttpError::InvalidResponseBody,
        HttpError::NotAllowed,
        HttpError::InternalError,
        HttpError::Timeout,
        HttpError::RedirectLoop,
    ];

    /// A line of a header, as the import has it.
    #[repr(C)]
    #[derive(Clone, Copy)]
    struct Record {
        name: Span,
        value: Span,
    }

    /// Filled in by the host.
    #[repr(C)]
    #[derive(Default)]
    struct Result28 {
        is_error: u8,
        _0: [u8; 3],
        /// What went wrong, or 1 for a body.
        code: u8,
        _1: [u8; 3],
        /// The message of what went wrong, or the body.
        text: Span,
        headers: Span,
        status: u16,
        _2: u16,
    }

    #[link(wasm_import_module = "http")]
    extern "C" {
        #[link_name = "send-http-request"]
        fn send_http_request(
            body_tag: u32,
            body: *const u8,
            body_length: usize,
            headers: *const Record,
            headers_length: usize,
            method: u32,
            params: *const Record,
            params_length: usize,
            uri: *const u8,
            uri_length: usize,
            result: *mut Result28,
        );
    }

    pub fn send(
        body: &[u8],
        headers: &[(&str, &[u8])],
        method: usize,
        uri: &str,
    ) -> Result<Reply, HttpRequestError> {
        let records: Vec<Record> = headers
            .iter()
            .map(|(name, value)| Record {
                name: Span::of(name.as_bytes()),
                value: Span::of(value),
            })
            .collect();
        let mut result = Result28::default();
        // SAFETY: the host reads what the spans cover, writes a whole result, and hands over what it allocated by
        // `canonical_abi_realloc`, each piece once.
        unsafe {
            send_http_request(
                1,
                body.as_ptr(),
                body.len(),
                records.as_ptr(),
                records.len(),
                method as u32,
                std::ptr::null(),
                0,
                uri.as_ptr(),
                uri.len(),
                &mut result,
            );
            let text = take::<u8>(result.text);
            if result.is_error != 0 {
                let error = ERRORS
                    .get(usize::from(result.code))
                    .copied()
                    .unwrap_or(HttpError::InternalError);
                return Err(HttpRequestError {
                    error,
                    message: String::from_utf8_lossy(&text).into_owned(),
                });
            }
            let headers = take::<Record>(result.headers);
            let headers = headers
                .iter()
                .map(|record| (take(record.name), take(record.value)))
                .collect();
            Ok(Reply {
                status: result.status,
                headers,
                body: text,
            })
        }
    }
}

/// Programs can be compiled natively, for editors and tests of their own.
#[cfg(not(target_arch = "wasm32"))]
mod host {
    use super::{HttpError, HttpRequestError, Reply};

    pub fn send(
        _: &[u8],
        _: &[(&str, &[u8])],
        _: usize,
        _: &str,
    ) -> Result<Reply, HttpRequestError> {
        let message = "there is no host here that sends requests".into();
        Err(HttpRequestError {
            error: HttpError::InternalError,
            message,
        })
    }
}
