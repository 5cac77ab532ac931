//! The attribute `#[worker]`. It looks at so little that it needs no parser for Rust.

use proc_macro::{TokenStream, TokenTree};

/// Makes a function the program's `main`: it is given the request, and the answer that it returns is sent.
///
/// `#[worker(params)]` gives it the parameters of the route as well, `#[worker(cache)]` the K/V namespace. The order of
/// the parameters is always the request, `params`, `cache`.
#[proc_macro_attribute]
pub fn worker(attributes: TokenStream, item: TokenStream) -> TokenStream {
    match Worker::parse(attributes, item.clone()) {
        Ok(worker) => [item, worker.main()].into_iter().collect(),
        Err(problem) => {
            let error: TokenStream = format!("::std::compile_error!({problem:?});")
                .parse()
                .unwrap();
            [item, error].into_iter().collect()
        }
    }
}

struct Worker {
    function: String,
    params: bool,
    cache: bool,
}

impl Worker {
    fn parse(attributes: TokenStream, item: TokenStream) -> Result<Self, String> {
        let mut worker = Worker {
            function: function_name(item)?,
            params: false,
            cache: false,
        };
        for token in attributes {
            match token.to_string().as_str() {
                "params" => worker.params = true,
                "cache" => worker.cache = true,
                "," => {}
                other => {
                    return Err(format!(
                        "#[worker] takes `params` and `cache`, and no `{other}`"
                    ));
                }
            }
        }
        Ok(worker)
    }

    fn main(&self) -> TokenStream {
        let params = if self.params { ", params" } else { "" };
        let cache = if self.cache { ", cache" } else { "" };
        let function = &self.function;
        format!(
            "#[allow(unused_variables)]
            fn main() {{
                ::wasm_workers_rs::run(|request, params, cache| {function}(request{params}{cache}))
            }}"
        )
        .parse()
        .unwrap()
    }
}

fn function_name(item: TokenStream) -> Result<String, String> {
    let mut before = String::new();
    let mut tokens = item.into_iter();
    while let Some(token) = tokens.next() {
        let word = match &token {
            TokenTree::Ident(word) => word.to_string(),
            _ => continue,
        };
        if word != "fn" {
            before = word;
            continue;
        }
        if before == "async" {
            return Err(
                "#[worker] functions cannot be async: requests to other servers wait by themselves"
                    .into(),
            );
        }
        return match tokens.next() {
            Some(name) if name.to_string() == "main" => {
                Err("#[worker] makes a `main` of its own: give the function another name".into())
            }
            Some(name) => Ok(name.to_string()),
            None => break,
        };
    }
    Err("#[worker] is for functions".into())
}
