import { importKey, type KeyUse, sign, verify } from './compute-signature.ts';
import type { Engine } from './engine.ts';
import type { Box } from './engine-exports.ts';

/** What is done at once cannot be stopped: it may take the thread a second or so. */
const MAXIMUM_ITERATIONS = 1_000_000;
const MAXIMUM_DERIVED_BYTES = 1024;

/** What is packed, and what it may unpack to; the guest's own memory bounds both further. */
const MAXIMUM_PACKED_BYTES = 64 * 1024 * 1024;

/** Of the hash that gives least. PBKDF2 does all its iterations again for as many bytes. */
const LEAST_HASH_BYTES = 20;

const HASHES: Readonly<Record<string, string>> = {
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

/** Names of Web Cryptography, and what Node calls the mode. */
const CIPHERS: Readonly<Record<string, 'gcm' | 'cbc' | 'ctr'>> = {
  'AES-GCM': 'gcm',
  'AES-CBC': 'cbc',
  'AES-CTR': 'ctr',
};

/** The bytes of the guest's Uint8Arrays, copied, and what else it passes. */
interface Arguments {
  text(index: number): string;
  number(index: number): number;
  bytes(index: number): Uint8Array;
}

/**
 * What `compute(name, …)` of the prelude may ask for: work on bytes that is done at once. Modules are loaded at
 * their first use, since few workers need them and each takes milliseconds.
 *
 * @throws Error for arguments that do not fit, and for bytes that are not what they should be
 */
const OPERATIONS: Readonly<Record<string, (args: Arguments) => Uint8Array>> = {
  /** `(length)` */
  random: (args) => nodeCrypto().randomBytes(Math.min(args.number(0), 65_536)),
  /** `(hash, data)` */
  digest: (args) =>
    nodeCrypto()
      .createHash(hash(args.text(0)))
      .update(args.bytes(1))
      .digest(),
  /** `(hash, key, data)` */
  hmac: (args) =>
    nodeCrypto()
      .createHmac(hash(args.text(0)), args.bytes(1))
      .update(args.bytes(2))
      .digest(),
  /** `(hash, key, salt, info, length)` */
  hkdf: (args) => {
    const [name, key, salt, info] = [hash(args.text(0)), args.bytes(1), args.bytes(2), args.bytes(3)];
    return new Uint8Array(nodeCrypto().hkdfSync(name, key, salt, info, args.number(4)));
  },
  /** `(hash, key, salt, iterations, length)` */
  pbkdf2: (args) => {
    const iterations = args.number(3);
    const times = iterations * Math.ceil(args.number(4) / LEAST_HASH_BYTES);
    if (!(iterations >= 1 && times <= MAXIMUM_ITERATIONS && args.number(4) <= MAXIMUM_DERIVED_BYTES)) {
      throw new Error(`it would take ${times} iterations, expected 1 to ${MAXIMUM_ITERATIONS}`);
    }
    return nodeCrypto().pbkdf2Sync(
      args.bytes(1),
      args.bytes(2),
      iterations,
      args.number(4),
      hash(args.text(0)),
    );
  },
  /** `(algorithm, key, iv, data, additional, length of the tag)` */
  encrypt: (args) => cipher(args, 'encrypt'),
  decrypt: (args) => cipher(args, 'decrypt'),
  /** `(public or private, jwk or der, algorithm, data)` */
  importKey: (args) => importKey(args.text(0), args.text(1), args.text(2), args.bytes(3)),
  /** `(algorithm, hash, length of the salt, key, data)` */
  sign: (args) => sign(keyUse(args), args.bytes(3), args.bytes(4)),
  /** `(algorithm, hash, length of the salt, key, signature, data)` */
  verify: (args) => verify(keyUse(args), args.bytes(3), args.bytes(4), args.bytes(5)),
  /** `(format, data)` */
  compress: (args) => {
    const { deflateRawSync, deflateSync, gzipSync } = process.getBuiltinModule('node:zlib');
    const pack = oneOf({ gzip: gzipSync, deflate: deflateSync, 'deflate-raw': deflateRawSync }, args.text(0));
    const data = args.bytes(1);
    if (data.length > MAXIMUM_PACKED_BYTES)
      throw new Error(`expected no more than ${MAXIMUM_PACKED_BYTES} bytes`);
    return pack(data);
  },
  /** `(format, data)` */
  decompress: (args) => {
    const { gunzipSync, inflateRawSync, inflateSync } = process.getBuiltinModule('node:zlib');
    const unpack = oneOf(
      { gzip: gunzipSync, deflate: inflateSync, 'deflate-raw': inflateRawSync },
      args.text(0),
    );
    return unpack(args.bytes(1), { maxOutputLength: MAXIMUM_PACKED_BYTES });
  },
};

/** Runs the operation that the first argument names. */
export function compute(engine: Engine, [name = 0, ...args]: readonly Box[]): Box {
  const operation = oneOf(OPERATIONS, engine.text(name));
  const result = operation({
    text: (index) => engine.text(args[index] ?? 0),
    number: (index) => engine.number(args[index] ?? 0),
    bytes: (index) => engine.bytes(args[index] ?? 0),
  });
  return engine.newBytes(result);
}

function nodeCrypto(): typeof import('node:crypto') {
  return process.getBuiltinModule('node:crypto');
}

function keyUse(args: Arguments): KeyUse {
  const algorithm = args.text(0);
  return { algorithm, hash: algorithm === 'Ed25519' ? '' : hash(args.text(1)), saltLength: args.number(2) };
}

function hash(name: string): string {
  return oneOf(HASHES, name);
}

function oneOf<T>(table: Readonly<Record<string, T>>, name: string): T {
  const found = Object.hasOwn(table, name) ? table[name] : undefined;
  if (found === undefined)
    throw new Error(`Unknown "${name}": expected one of ${Object.keys(table).join(', ')}`);
  return found;
}

function cipher(args: Arguments, direction: 'encrypt' | 'decrypt'): Uint8Array {
  const mode = oneOf(CIPHERS, args.text(0));
  const [key, iv, data] = [args.bytes(1), args.bytes(2), args.bytes(3)];
  const { createCipheriv, createDecipheriv } = nodeCrypto();
  if (mode !== 'gcm') {
    const name = `aes-${key.length * 8}-${mode}`;
    const work = direction === 'encrypt' ? createCipheriv(name, key, iv) : createDecipheriv(name, key, iv);
    return Buffer.concat([work.update(data), work.final()]);
  }
  const name = `aes-${key.length * 8}-gcm` as 'aes-256-gcm';
  const authTagLength = args.number(5);
  if (direction === 'encrypt') {
    const work = createCipheriv(name, key, iv, { authTagLength });
    work.setAAD(args.bytes(4));
    return Buffer.concat([work.update(data), work.final(), work.getAuthTag()]);
  }
  if (data.length < authTagLength) throw new Error('The data is too short');
  const work = createDecipheriv(name, key, iv, { authTagLength });
  work.setAAD(args.bytes(4));
  work.setAuthTag(data.subarray(-authTagLength));
  return Buffer.concat([work.update(data.subarray(0, -authTagLength)), work.final()]);
}
