import type { AnswerHeaders, GuestSpec, WorkerRequest, WorkerResponse } from './guest.ts';
import { MAXIMUM_VALUES, parseJson, valuesFor } from './parse-json.ts';
import { ReceivedRequest, requestText } from './received-request.ts';

const NO_BYTES = new Uint8Array(0);

/**
 * The envelope between the server and a worker that reads stdin and writes stdout: one JSON object each way,
 * as wws defines them.
 */

/**
 * The request as one line of JSON without a newline: some readers take a line, others everything. With
 * `binaryBodies`, a body that is no UTF-8 is base64, and a key more says so.
 */
export function encodeRequest(
  request: WorkerRequest,
  { binaryBodies }: Pick<GuestSpec, 'binaryBodies'>,
): Uint8Array {
  const { bytes } = request;
  if (bytes === undefined || !binaryBodies)
    return Buffer.from(request instanceof ReceivedRequest ? request.text : requestText(request));
  const { url, method, headers, kv, params } = request;
  const data = Buffer.from(bytes).toString('base64');
  return Buffer.from(JSON.stringify({ url, method, headers, body: data, base64: true, kv, params }));
}

/** A worker's stdout is no answer; the message says what is wrong with it. */
export class EnvelopeError extends Error {
  override readonly name: string = 'EnvelopeError';
}

export interface DecodeOptions {
  readonly mayLeaveKv?: boolean;
}

/**
 * The answer out of a worker's whole stdout: exactly one JSON object, white space around it allowed, keys
 * that are not known ignored. Workers of wws before 0.6 say `body` where later ones say `data`. With `mayLeaveKv`,
 * `kv` may be absent: the namespace stays as it is. `keys` is how many it may have.
 *
 * @throws EnvelopeError
 */
export function decodeResponse(
  stdout: Uint8Array,
  { mayLeaveKv = false }: DecodeOptions = {},
  keys: number = 0,
): WorkerResponse {
  const answer = parse(stdout, Math.max(MAXIMUM_VALUES, valuesFor(keys)));
  const data = own(answer, 'data') ?? own(answer, 'body');
  if (typeof data !== 'string') throw wrong('data', 'a string', data);
  const body = bodyOf(data, own(answer, 'base64'));
  const kv = own(answer, 'kv');
  return { ...headOf(answer), body, kv: mayLeaveKv && kv === undefined ? undefined : stringMap('kv', kv) };
}

/**
 * An answer whose body has come by itself; without `kv` the namespace stays as it is.
 *
 * @throws EnvelopeError
 */
export function decodeAnswer(answer: object, body: Uint8Array): WorkerResponse {
  const kv = own(answer, 'kv');
  return { ...headOf(answer), body, kv: kv === undefined ? undefined : stringMap('kv', kv) };
}

function headOf(answer: object): Pick<WorkerResponse, 'status' | 'headers'> {
  return { status: statusOf(own(answer, 'status')), headers: headerMap(own(answer, 'headers')) };
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function parse(stdout: Uint8Array, values: number): object {
  if (stdout.length === 0) throw new EnvelopeError('stdout is empty');
  let value: unknown;
  try {
    value = parseJson(decoder.decode(stdout), values);
  } catch (error) {
    if (error instanceof RangeError)
      throw new EnvelopeError(`stdout is refused: ${error.message}`, { cause: error });
    throw new EnvelopeError(`stdout is not one JSON object: ${excerpt(stdout)}`, { cause: error });
  }
  if (!isObject(value)) throw new EnvelopeError(`stdout is not one JSON object: ${excerpt(stdout)}`);
  return value;
}

/** `__proto__` and its like come out of `JSON.parse` as own properties, and only those count. */
function own(object: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(object, key)?.value;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Any 16-bit integer is taken; what is no HTTP status becomes 200, as upstream has it. */
function statusOf(value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 65535) {
    throw wrong('status', 'an integer from 0 to 65535', value);
  }
  return value >= 100 && value <= 999 ? value : 200;
}

function bodyOf(data: string, base64: unknown): Uint8Array {
  if (base64 === undefined || base64 === false) return data === '' ? NO_BYTES : Buffer.from(data);
  if (base64 !== true) throw wrong('base64', 'a boolean', base64);
  const bytes = Buffer.from(data, 'base64');
  // Node skips what it does not know; only the one spelling of these bytes is base64.
  if (bytes.toString('base64') !== data) throw new EnvelopeError('"data" is not base64');
  return bytes;
}

/** A value may be a list of strings, for headers that repeat. */
function headerMap(value: unknown): AnswerHeaders {
  if (!isObject(value)) throw wrong('headers', 'an object of strings', value);
  const map: Record<string, string | readonly string[]> = Object.create(null);
  for (const [name, entry] of Object.entries(value)) {
    if (typeof entry === 'string' || isStrings(entry)) map[name] = entry;
    else throw wrong(`headers.${name}`, 'a string or a list of strings', entry);
  }
  return map;
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}

function stringMap(key: string, value: unknown): Readonly<Record<string, string>> {
  if (!isObject(value)) throw wrong(key, 'an object of strings', value);
  // Without a prototype, so that a name like `__proto__` is a name like any other.
  const map: Record<string, string> = Object.create(null);
  for (const [name, entry] of Object.entries(value)) {
    if (typeof entry !== 'string') throw wrong(`${key}.${name}`, 'a string', entry);
    map[name] = entry;
  }
  return map;
}

function wrong(key: string, wanted: string, value: unknown): EnvelopeError {
  const found = value === undefined ? 'nothing' : value === null ? 'null' : typeName(value);
  return new EnvelopeError(`${JSON.stringify(key)} is ${found}, expected ${wanted}`);
}

function typeName(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'number') return String(value);
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

const EXCERPT = 80;

/** The beginning of what was printed, quoted: it is what a person needs to find the print. */
function excerpt(stdout: Uint8Array): string {
  const text = Buffer.from(stdout.subarray(0, EXCERPT)).toString();
  return stdout.length > EXCERPT ? `${JSON.stringify(text)} …` : JSON.stringify(text);
}
