import { webcrypto } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { evaluate } from './worker-fixture.ts';

type Pair = readonly [title: string, algorithm: Record<string, unknown>, use: Record<string, unknown>];

const exponent = Uint8Array.of(1, 0, 1);
const PAIRS: readonly Pair[] = [
  [
    'RSASSA-PKCS1-v1_5',
    { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048, publicExponent: exponent },
    {},
  ],
  [
    'RSA-PSS',
    { name: 'RSA-PSS', hash: 'SHA-384', modulusLength: 2048, publicExponent: exponent },
    { saltLength: 48 },
  ],
  ['ECDSA of P-256', { name: 'ECDSA', namedCurve: 'P-256' }, { hash: 'SHA-256' }],
  ['ECDSA of P-521', { name: 'ECDSA', namedCurve: 'P-521' }, { hash: { name: 'SHA-512' } }],
  ['Ed25519', { name: 'Ed25519' }, {}],
];

const text = JSON.stringify;
const hex = (bytes: ArrayBuffer) => Buffer.from(bytes).toString('hex');

describe.each(PAIRS)('crypto.subtle with %s (w3.org/TR/WebCryptoAPI)', (_title, algorithm, parts) => {
  const use = { name: algorithm['name'], ...parts } as never;
  const { publicExponent: _, modulusLength: __, ...wanted } = algorithm;

  it.each(['jwk', 'der'])(
    'signs and verifies as another implementation does, with keys in %s',
    async (form) => {
      const pair = (await webcrypto.subtle.generateKey(algorithm as never, true, [
        'sign',
        'verify',
      ])) as webcrypto.CryptoKeyPair;
      const keys = await Promise.all(
        [pair.publicKey, pair.privateKey].map(async (key, index) => {
          if (form === 'jwk') return ['jwk', text(await webcrypto.subtle.exportKey('jwk', key))] as const;
          const format = index === 0 ? 'spki' : 'pkcs8';
          return [
            format,
            `Uint8Array.fromHex('${hex(await webcrypto.subtle.exportKey(format, key))}')`,
          ] as const;
        }),
      );
      const theirs = hex(await webcrypto.subtle.sign(use, pair.privateKey, Buffer.from('data')));
      const [signature, type, found, ...verdicts] = (await evaluate(`(async () => {
      const { subtle } = crypto;
      const data = new TextEncoder().encode('data');
      const [publicKey, privateKey] = await Promise.all([
        subtle.importKey('${keys[0]?.[0]}', ${keys[0]?.[1]}, ${text(wanted)}, true, ['verify']),
        subtle.importKey('${keys[1]?.[0]}', ${keys[1]?.[1]}, ${text(wanted)}, false, ['sign']),
      ]);
      const signature = await subtle.sign(${text(use)}, privateKey, data);
      const theirs = Uint8Array.fromHex('${theirs}');
      return [new Uint8Array(signature).toHex(), publicKey.type + ' ' + privateKey.type, publicKey.algorithm,
        await subtle.verify(${text(use)}, publicKey, theirs, data), await subtle.verify(${text(use)}, publicKey, signature, data),
        await subtle.verify(${text(use)}, publicKey, theirs, new Uint8Array(4)), await subtle.verify(${text(use)}, publicKey, theirs.slice(1), data)];
    })()`)) as [string, string, object, ...boolean[]];
      expect(
        await webcrypto.subtle.verify(
          use,
          pair.publicKey,
          Buffer.from(signature, 'hex'),
          Buffer.from('data'),
        ),
      ).toBe(true);
      expect([type, ...verdicts]).toEqual(['public private', true, true, false, false]);
      expect(found).toMatchObject({ name: algorithm['name'] });
    },
  );
});

it.each([
  [
    `importKey('spki', new Uint8Array(10), { name: 'RSA-PSS', hash: 'SHA-256' }, true, ['verify'])`,
    'DataError',
  ],
  [
    `importKey('jwk', { kty: 'oct', k: 'AA' }, { name: 'ECDSA', namedCurve: 'P-256' }, true, ['verify'])`,
    'DataError',
  ],
  [`importKey('raw', new Uint8Array(32), 'Ed25519', true, ['verify'])`, 'NotSupportedError'],
  [`importKey('spki', new Uint8Array(10), 'Ed25519', true, ['sign'])`, 'SyntaxError'],
  [
    `importKey('spki', new Uint8Array(10), { name: 'RSA-PSS', hash: 'MD5' }, true, ['verify'])`,
    'NotSupportedError',
  ],
  [`generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign'])`, 'NotSupportedError'],
])('crypto.subtle refuses %s', async (call, name) => {
  expect(await evaluate(`crypto.subtle.${call}.then(() => 'fine', (error) => error.name)`)).toBe(name);
});
