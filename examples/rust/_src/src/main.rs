//! Avatars: a picture for each name, always the same one. Which names have been asked for is kept.

use anyhow::{Context, Result};
use std::collections::HashMap;
use wasm_workers_rs::http::{Request, Response};
use wasm_workers_rs::{worker, Cache, Content};

/// Squares from side to side; the left half is drawn and the right half mirrors it.
const SQUARES: usize = 5;

#[worker(params, cache)]
fn avatar(
    request: Request<String>,
    params: &HashMap<String, String>,
    cache: &mut Cache,
) -> Result<Response<Content>> {
    let name = params.get("name").context("the route has no name")?;
    if request.uri().query() == Some("asked") {
        let times = cache.get(name).map_or("0", String::as_str);
        return Ok(Response::new(format!("{name}: {times}\n").into()));
    }
    let times: u32 = cache.get(name).map_or(Ok(0), |text| text.parse())?;
    cache.insert(name.clone(), (times + 1).to_string());
    let side: usize = std::env::var("SQUARE")
        .context("the variable SQUARE")?
        .parse()?;
    let picture = bitmap(hash(name), side.clamp(1, 64));
    Ok(Response::builder()
        .header("content-type", "image/bmp")
        .body(picture.into())?)
}

/// FNV-1a: the same on every machine and in every version.
fn hash(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// An uncompressed bitmap of 24 bits for each pixel, with `side` pixels for each side of a square.
fn bitmap(hash: u64, side: usize) -> Vec<u8> {
    let width = SQUARES * side;
    let row = (width * 3).next_multiple_of(4);
    let size = 54 + row * width;
    let colour = [
        (hash >> 40) as u8 | 0x40,
        (hash >> 48) as u8,
        (hash >> 56) as u8,
    ];
    let mut file = Vec::with_capacity(size);
    file.extend(b"BM");
    for number in [
        size as u32,
        0,
        54,
        40,
        width as u32,
        width as u32,
        1 | 24 << 16,
        0,
        0,
        0,
        0,
        0,
        0,
    ] {
        file.extend(number.to_le_bytes());
    }
    for y in 0..width {
        for x in 0..width {
            let column = (x / side).min(SQUARES - 1 - x / side);
            let isset = hash >> (y / side * SQUARES.div_ceil(2) + column) & 1 == 1;
            file.extend(if isset { colour } else { [0xff; 3] });
        }
        file.resize(54 + row * (y + 1), 0);
    }
    file
}
