import { isUtf8 } from 'node:buffer';
import type { OutboundReply } from '#runtime/outbound/message.ts';
import type { GuestMemory } from '#runtime/wasi/memory-view.ts';

/**
 * A guest's memory with its own allocator, as the canonical ABI of old has it. Every allocation may grow the
 * memory, so bytes are looked up after it.
 */
export interface GuestHeap {
  readonly memory: GuestMemory;
  /** Of the instance; set once it exists. */
  exports: Readonly<Record<string, unknown>>;
}

export type ByteSpan = Uint8Array<ArrayBuffer>;

/** Of a header in an array: pointer and length of the name, then of the value, 32 bits each. */
const RECORD_BYTES = 16;

/** Names and values of all headers of a request: a guest may point many at the same bytes. */
const HEADER_BYTES = 64 * 1024;
const MAXIMUM_HEADERS = 1024;

/** A copy of bytes of the guest. With a length of 0 the pointer may be anything. */
export function readSpan({ memory }: GuestHeap, pointer: number, length: number): ByteSpan {
  if (length === 0) return new Uint8Array();
  try {
    return memory.bytes(pointer, length).slice();
  } catch (cause) {
    throw new Error('http.send-http-request: a pointer is out of bounds', { cause });
  }
}

/** As `readSpan`, of text. */
export function readText(heap: GuestHeap, pointer: number, length: number): ByteSpan {
  const span = readSpan(heap, pointer, length);
  if (!isUtf8(span)) throw new Error('http.send-http-request: a string is not UTF-8');
  return span;
}

/** Names and values; undefined when they are more than a server takes anyway. */
export function readHeaders(
  heap: GuestHeap,
  pointer: number,
  count: number,
): readonly (readonly [ByteSpan, ByteSpan])[] | undefined {
  if (count >>> 0 > MAXIMUM_HEADERS) return undefined;
  const records = readSpan(heap, pointer, count * RECORD_BYTES);
  const view = new DataView(records.buffer);
  const headers: [ByteSpan, ByteSpan][] = [];
  let bytes = 0;
  for (let at = 0; at < records.length; at += RECORD_BYTES) {
    const [name, nameLength, value, valueLength] = [0, 4, 8, 12].map((field) =>
      view.getUint32(at + field, true),
    );
    bytes += (nameLength ?? 0) + (valueLength ?? 0);
    if (bytes > HEADER_BYTES) return undefined;
    headers.push([readText(heap, name ?? 0, nameLength ?? 0), readText(heap, value ?? 0, valueLength ?? 0)]);
  }
  return headers;
}

/** Hands bytes over to the guest. The pointer of no bytes is what its allocator says. */
export function storeSpan(heap: GuestHeap, bytes: Uint8Array): number {
  const pointer = allocate(heap, 1, bytes.length);
  if (bytes.length > 0) heap.memory.bytes(pointer, bytes.length).set(bytes);
  return pointer;
}

/** The array first, then name and value of each (wws "Allocation protocol"). */
export function storeHeaders(
  heap: GuestHeap,
  headers: Extract<OutboundReply, { ok: true }>['headers'],
): number {
  const array = allocate(heap, 4, headers.length * RECORD_BYTES);
  for (const [index, [name, value]] of headers.entries()) {
    const at = array + index * RECORD_BYTES;
    for (const [field, text] of [name, value].entries()) {
      const bytes = utf8(text);
      const pointer = storeSpan(heap, bytes);
      heap.memory.setU32(at + field * 8, pointer);
      heap.memory.setU32(at + field * 8 + 4, bytes.length);
    }
  }
  return array;
}

/** The guest wants UTF-8: bytes that are, stay as they came, and others count as Latin-1. */
function utf8(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'latin1');
  return isUtf8(bytes) ? bytes : Buffer.from(text);
}

function allocate({ exports }: GuestHeap, alignment: number, size: number): number {
  // Newer tools call it `cabi_realloc`.
  const realloc = exports['canonical_abi_realloc'] ?? exports['cabi_realloc'];
  if (typeof realloc !== 'function') throw new Error('`canonical_abi_realloc` export not available');
  return (realloc(0, 0, alignment, size) as number) >>> 0;
}
