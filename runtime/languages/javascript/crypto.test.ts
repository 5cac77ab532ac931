import { createHash, createHmac, webcrypto } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { evaluate, loadWorkerText, request, shown } from './worker-fixture.ts';

const failure = (expression: string) =>
  evaluate(`(async () => (${expression}))().then(() => 'fine', (error) => error.name)`);

/** `key(name, …)`, `hex(buffer)` and `bytes(text)` are at hand. */
const value = (expression: string) =>
  evaluate(`(async () => {
    const { subtle } = crypto;
    const bytes = (text) => new TextEncoder().encode(text);
    const hex = (buffer) => new Uint8Array(buffer).toHex();
    return (${expression});
  })()`);

describe('crypto.getRandomValues() and randomUUID() (w3.org/TR/WebCryptoAPI/#Crypto-interface)', () => {
  it('draw anew in every request', async () => {
    const guest = await loadWorkerText(`export default () => new Response(
      [crypto.randomUUID(), crypto.getRandomValues(new Uint32Array(2)).join(), crypto.getRandomValues(new BigInt64Array(1))].join(' '))`);
    const seen = new Set<string>();
    for (let turn = 0; turn < 20; turn++) {
      const answer = shown(guest.handle(request()));
      for (const drawn of 'body' in answer ? answer.body.split(' ') : []) seen.add(drawn);
    }
    expect(seen.size).toBe(60);
    for (const uuid of [...seen].filter((drawn) => drawn.includes('-') && drawn.length === 36)) {
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
  });

  it('fill the very view, and no more than 65,536 bytes of integers', async () => {
    expect(
      await evaluate(`(() => {
        const buffer = new Uint8Array(40);
        const view = new Uint16Array(buffer.buffer, 8, 8);
        return [crypto.getRandomValues(view) === view, buffer.slice(0, 8).every((b) => b === 0), buffer.slice(24).every((b) => b === 0),
          view.some((n) => n > 0), crypto.getRandomValues(new Uint8Array(0)).length];
      })()`),
    ).toEqual([true, true, true, true, 0]);
    expect(await failure('crypto.getRandomValues(new Uint8Array(65537))')).toBe('QuotaExceededError');
    expect(await failure('crypto.getRandomValues(new Float32Array(1))')).toBe('TypeMismatchError');
    expect(await failure('crypto.getRandomValues(new DataView(new ArrayBuffer(1)))')).toBe(
      'TypeMismatchError',
    );
  });
});

describe('crypto.subtle (w3.org/TR/WebCryptoAPI/#subtlecrypto-interface)', () => {
  it.each(['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'])('digests with %s', async (name) => {
    const text = 'é'.repeat(1000);
    const right = createHash(name.replace('-', '')).update(text).digest('hex');
    expect(
      await value(`Promise.all([subtle.digest('${name}', bytes(${JSON.stringify(text)})), subtle.digest({ name: '${name.toLowerCase()}' },
      bytes(${JSON.stringify(text)}).buffer)]).then((list) => list.map(hex))`),
    ).toEqual([right, right]);
  });

  it('signs and verifies with HMAC, as Node does', async () => {
    const right = createHmac('sha256', 'secret').update('data').digest('hex');
    expect(
      await value(`(async () => {
        const key = await subtle.importKey('raw', bytes('secret'), { name: 'HMAC', hash: 'SHA-256' }, true, ['sign', 'verify']);
        const signature = await subtle.sign('HMAC', key, bytes('data'));
        const other = new Uint8Array(signature).with(0, new Uint8Array(signature)[0] ^ 1);
        const jwk = await subtle.exportKey('jwk', key);
        const again = await subtle.importKey('jwk', jwk, { name: 'HMAC', hash: { name: 'SHA-256' } }, false, ['verify']);
        return [hex(signature), await subtle.verify('HMAC', again, signature, bytes('data')), await subtle.verify('HMAC', key, other, bytes('data')),
          await subtle.verify('HMAC', key, signature.slice(1), bytes('data')), key.type, key.extractable, key.algorithm, key.usages, jwk,
          hex(await subtle.exportKey('raw', key)), (await subtle.generateKey({ name: 'HMAC', hash: 'SHA-512' }, true, ['sign'])).algorithm.length];
      })()`),
    ).toEqual([
      right,
      true,
      false,
      false,
      'secret',
      true,
      { name: 'HMAC', hash: { name: 'SHA-256' }, length: 48 },
      ['sign', 'verify'],
      { kty: 'oct', k: 'c2VjcmV0', alg: 'HS256', key_ops: ['sign', 'verify'], ext: true },
      '736563726574',
      1024,
    ]);
  });

  it.each(['AES-GCM', 'AES-CBC', 'AES-CTR'])(
    'encrypts with %s what another implementation decrypts, and back',
    async (name) => {
      const raw = Buffer.from('0123456789abcdef');
      const iv = Buffer.alloc(name === 'AES-GCM' ? 12 : 16, 7);
      const algorithm = { name, iv, counter: iv, length: 64, additionalData: Buffer.from('more') };
      const key = await webcrypto.subtle.importKey('raw', raw, name, false, ['encrypt', 'decrypt']);
      const theirs = Buffer.from(await webcrypto.subtle.encrypt(algorithm, key, Buffer.from('plain')));
      const [ours, back] = (await value(`(async () => {
      const iv = new Uint8Array(${iv.length}).fill(7);
      const algorithm = { name: '${name}', iv, counter: iv, length: 64, additionalData: bytes('more') };
      const key = await subtle.importKey('raw', bytes('${raw}'), '${name}', false, ['encrypt', 'decrypt']);
      return [hex(await subtle.encrypt(algorithm, key, bytes('plain'))),
        new TextDecoder().decode(await subtle.decrypt(algorithm, key, Uint8Array.fromHex('${theirs.toString('hex')}')))];
    })()`)) as [string, string];
      expect([ours, back]).toEqual([theirs.toString('hex'), 'plain']);
    },
  );

  it.each(['HKDF', 'PBKDF2'])('derives bits and keys with %s', async (name) => {
    const algorithm = {
      name,
      hash: 'SHA-256',
      salt: Buffer.from('salt'),
      info: Buffer.from('info'),
      iterations: 1000,
    };
    const key = await webcrypto.subtle.importKey('raw', Buffer.from('password'), name, false, ['deriveBits']);
    const right = Buffer.from(await webcrypto.subtle.deriveBits(algorithm, key, 256)).toString('hex');
    expect(
      await value(`(async () => {
        const algorithm = { name: '${name}', hash: 'SHA-256', salt: bytes('salt'), info: bytes('info'), iterations: 1000 };
        const key = await subtle.importKey('raw', bytes('password'), '${name}', false, ['deriveBits', 'deriveKey']);
        const made = await subtle.deriveKey(algorithm, key, { name: 'AES-GCM', length: 256 }, true, ['encrypt']);
        return [hex(await subtle.deriveBits(algorithm, key, 256)), hex(await subtle.exportKey('raw', made)), made.algorithm];
      })()`),
    ).toEqual([right, right, { name: 'AES-GCM', length: 256 }]);
  });

  it.each([
    [`crypto.subtle.digest('MD5', new Uint8Array())`, 'NotSupportedError'],
    [`crypto.subtle.digest('SHA-256', 'text')`, 'TypeError'],
    [`crypto.subtle.importKey('raw', new Uint8Array(1), 'RSA-OAEP', true, ['encrypt'])`, 'NotSupportedError'],
    [`crypto.subtle.importKey('raw', new Uint8Array(5), 'AES-GCM', true, ['encrypt'])`, 'DataError'],
    [
      `crypto.subtle.importKey('raw', new Uint8Array(5), { name: 'HMAC', hash: 'SHA-1' }, true, ['encrypt'])`,
      'SyntaxError',
    ],
    [
      `crypto.subtle.importKey('raw', new Uint8Array(5), { name: 'HMAC', hash: 'SHA-1' }, false, ['sign']).then((k) => crypto.subtle.exportKey('raw', k))`,
      'InvalidAccessError',
    ],
    [
      `crypto.subtle.importKey('raw', new Uint8Array(5), { name: 'HMAC', hash: 'SHA-1' }, false, ['verify']).then((k) => crypto.subtle.sign('HMAC', k, new Uint8Array()))`,
      'InvalidAccessError',
    ],
    [
      `crypto.subtle.importKey('raw', new Uint8Array(16), 'AES-GCM', false, ['decrypt']).then((k) => crypto.subtle.decrypt({ name: 'AES-GCM', iv: new Uint8Array(12) }, k, new Uint8Array(40)))`,
      'OperationError',
    ],
    [
      `crypto.subtle.importKey('raw', new Uint8Array(16), 'PBKDF2', false, ['deriveBits']).then((k) => crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-1', salt: new Uint8Array(1), iterations: 1e12 }, k, 8))`,
      'OperationError',
    ],
    [
      `crypto.subtle.sign('HMAC', { algorithm: { name: 'HMAC' }, usages: ['sign'] }, new Uint8Array())`,
      'TypeError',
    ],
    [
      `crypto.subtle.importKey('raw', new Uint8Array(16), 'PBKDF2', false, ['deriveBits']).then((k) => crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-1', salt: new Uint8Array(1), iterations: 1e6 }, k, 8e6))`,
      'OperationError',
    ],
    [`new CryptoKey()`, 'TypeError'],
    [`new crypto.subtle.constructor()`, 'TypeError'],
  ])('refuses %s', async (expression, name) => {
    expect(await failure(expression)).toBe(name);
  });
});

describe('CompressionStream (compression.spec.whatwg.org)', () => {
  const through = (stream: string, bytes: Uint8Array) =>
    evaluate(`new Response(new Blob([Uint8Array.fromHex('${Buffer.from(bytes).toString('hex')}')]).stream().pipeThrough(${stream})).bytes()
      .then((bytes) => bytes.toHex(), (error) => error.name)`);

  it('packs and unpacks as others do', async () => {
    const text = Buffer.from('text '.repeat(1000));
    const packed = Buffer.from(String(await through(`new CompressionStream('gzip')`, text)), 'hex');
    expect(packed.length).toBeLessThan(200);
    expect(gunzipSync(packed)).toEqual(text);
    expect(await through(`new DecompressionStream('gzip')`, gzipSync(text))).toBe(text.toString('hex'));
    for (const format of ['deflate', 'deflate-raw']) {
      const both = `new CompressionStream('${format}')).pipeThrough(new DecompressionStream('${format}')`;
      expect(await through(both, text)).toBe(text.toString('hex'));
    }
  });

  it('fails for what is not packed, or was cut', async () => {
    expect(await through(`new DecompressionStream('gzip')`, Buffer.from('text'))).toBe('TypeError');
    expect(await through(`new DecompressionStream('gzip')`, gzipSync('text').subarray(0, 15))).toBe(
      'TypeError',
    );
    expect(await failure(`new CompressionStream('zip')`)).toBe('TypeError');
  });

  it('unpacks no more than memory bears', async () => {
    expect(await through(`new DecompressionStream('gzip')`, gzipSync(Buffer.alloc(80 * 1024 * 1024)))).toBe(
      'TypeError',
    );
  });
});
