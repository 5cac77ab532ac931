import { encodeName, encodeSection, encodeUnsigned, HEADER_BYTES } from '../binary.ts';
import { type FunctionName, functionNames, parameters } from '../conformance/witx.ts';
import { WASI_MODULE } from '../host.ts';
import { moduleOf } from './binary.ts';

/** Pages of the driver's memory at first, and at most. */
export const PAGES = 4;
export const MAXIMUM_PAGES = 8;

const I32 = 0x7f;
const I64 = 0x7e;

/**
 * A module that imports every function of preview1 and exports one of the same name that does nothing but call
 * it, with its memory: whoever holds an instance can make any call there is, from inside WebAssembly.
 */
export function driverModule(): Uint8Array {
  const types = functionNames.map(functionType);
  const imports = functionNames.map((name, type) =>
    bytes(encodeName(WASI_MODULE), encodeName(name), [0], encodeUnsigned(type)),
  );
  const exports = functionNames.map((name, i) =>
    bytes(encodeName(name), [0], encodeUnsigned(functionNames.length + i)),
  );
  const memory = bytes(encodeName('memory'), [2, 0]);
  const indices = functionNames.map((_, type) => Uint8Array.from(encodeUnsigned(type)));
  return bytes(
    moduleOf().subarray(0, HEADER_BYTES),
    encodeSection(1, vector(types)),
    encodeSection(2, vector(imports)),
    encodeSection(3, vector(indices)),
    encodeSection(5, Uint8Array.of(1, 1, PAGES, MAXIMUM_PAGES)),
    encodeSection(7, vector([...exports, memory])),
    encodeSection(10, vector(functionNames.map(forwarder))),
  );
}

function functionType(name: FunctionName): Uint8Array<ArrayBuffer> {
  const list = parameters[name].map((type) => (type === 'i64' ? I64 : I32));
  const results = name === 'proc_exit' ? [] : [I32];
  return bytes([0x60], encodeUnsigned(list.length), list, encodeUnsigned(results.length), results);
}

/** No locals; each parameter in turn, the call, the end. */
function forwarder(name: FunctionName, index: number): Uint8Array<ArrayBuffer> {
  const gets = parameters[name].flatMap((_, i) => [0x20, i]);
  const body = bytes([0], gets, [0x10], encodeUnsigned(index), [0x0b]);
  return bytes(encodeUnsigned(body.length), body);
}

function vector(items: readonly Uint8Array[]): Uint8Array {
  return bytes(encodeUnsigned(items.length), ...items);
}

function bytes(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
