//! Memory that the host allocates here to hand over answers.

use std::alloc::{alloc, dealloc, handle_alloc_error, realloc, Layout};

/// Where bytes are, or records of some other type.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct Span {
    pointer: usize,
    length: usize,
}

impl Span {
    pub fn of(bytes: &[u8]) -> Self {
        Span {
            pointer: bytes.as_ptr() as usize,
            length: bytes.len(),
        }
    }
}

/// Takes over what the host has allocated and filled.
///
/// # Safety
/// The span must be the host's answer, and be taken once.
pub unsafe fn take<T>(span: Span) -> Vec<T> {
    if span.length == 0 {
        return Vec::new();
    }
    Vec::from_raw_parts(span.pointer as *mut T, span.length, span.length)
}

/// The host calls it in the middle of an import. Nothing has its alignment for a pointer.
///
/// # Safety
/// `old` must be 0 bytes, or memory from here.
#[no_mangle]
pub unsafe extern "C" fn canonical_abi_realloc(
    old: *mut u8,
    old_length: usize,
    alignment: usize,
    length: usize,
) -> *mut u8 {
    if length == 0 {
        return alignment as *mut u8;
    }
    let layout = Layout::from_size_align_unchecked(length, alignment);
    let pointer = if old_length == 0 {
        alloc(layout)
    } else {
        realloc(
            old,
            Layout::from_size_align_unchecked(old_length, alignment),
            length,
        )
    };
    if pointer.is_null() {
        handle_alloc_error(layout);
    }
    pointer
}

/// # Safety
/// The bytes must be memory from here.
#[no_mangle]
pub unsafe extern "C" fn canonical_abi_free(pointer: *mut u8, length: usize, alignment: usize) {
    if length > 0 {
        dealloc(
            pointer,
            Layout::from_size_align_unchecked(length, alignment),
        );
    }
}
