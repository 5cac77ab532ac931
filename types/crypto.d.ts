type BufferSource = ArrayBuffer | ArrayBufferView;

type HashName = 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512';
type HashAlgorithm = HashName | { name: HashName };

type KeyUsage =
  | 'sign'
  | 'verify'
  | 'encrypt'
  | 'decrypt'
  | 'wrapKey'
  | 'unwrapKey'
  | 'deriveKey'
  | 'deriveBits';

type AesName = 'AES-GCM' | 'AES-CBC' | 'AES-CTR';
type DerivationName = 'HKDF' | 'PBKDF2';

interface HmacAlgorithm {
  name: 'HMAC';
  hash: HashAlgorithm;
  /** Bits; as many as a block of the hash has where it is left out. */
  length?: number;
}

interface AesAlgorithm {
  name: AesName;
  /** Bits: 128, 192 or 256. */
  length?: number;
}

type CipherAlgorithm =
  | { name: 'AES-GCM'; iv: BufferSource; additionalData?: BufferSource; tagLength?: number }
  | { name: 'AES-CBC'; iv: BufferSource }
  | { name: 'AES-CTR'; counter: BufferSource; length: number };

type DerivationAlgorithm =
  | { name: 'HKDF'; hash: HashAlgorithm; salt: BufferSource; info: BufferSource }
  | { name: 'PBKDF2'; hash: HashAlgorithm; salt: BufferSource; iterations: number };

/** Of a key pair, which is imported. */
type PairAlgorithm =
  | { name: 'RSASSA-PKCS1-v1_5' | 'RSA-PSS'; hash: HashAlgorithm }
  | { name: 'ECDSA'; namedCurve: 'P-256' | 'P-384' | 'P-521' }
  | 'Ed25519'
  | { name: 'Ed25519' };

type SignatureAlgorithm =
  | 'HMAC'
  | 'RSASSA-PKCS1-v1_5'
  | 'Ed25519'
  | { name: 'HMAC' | 'RSASSA-PKCS1-v1_5' | 'Ed25519' }
  | { name: 'RSA-PSS'; saltLength: number }
  | { name: 'ECDSA'; hash: HashAlgorithm };

interface JsonWebKey {
  kty?: string;
  k?: string;
  crv?: string;
  x?: string;
  y?: string;
  n?: string;
  e?: string;
  d?: string;
  p?: string;
  q?: string;
  dp?: string;
  dq?: string;
  qi?: string;
  use?: string;
  alg?: string;
  key_ops?: string[];
  ext?: boolean;
}

declare class CryptoKey {
  private constructor();
  readonly type: 'secret' | 'public' | 'private';
  readonly extractable: boolean;
  readonly algorithm: {
    name: string;
    hash?: { name: HashName };
    length?: number;
    modulusLength?: number;
    publicExponent?: Uint8Array<ArrayBuffer>;
    namedCurve?: string;
  };
  readonly usages: KeyUsage[];
  readonly [Symbol.toStringTag]: string;
}

/** Digests, secret keys, and signatures with key pairs that are imported. */
declare class SubtleCrypto {
  private constructor();
  digest(algorithm: HashAlgorithm, data: BufferSource): Promise<ArrayBuffer>;
  importKey(
    format: 'raw',
    data: BufferSource,
    algorithm: HmacAlgorithm | AesAlgorithm | AesName | DerivationName | { name: DerivationName },
    extractable: boolean,
    usages: readonly KeyUsage[],
  ): Promise<CryptoKey>;
  importKey(
    format: 'jwk',
    key: JsonWebKey,
    algorithm: HmacAlgorithm | AesAlgorithm | AesName | PairAlgorithm,
    extractable: boolean,
    usages: readonly KeyUsage[],
  ): Promise<CryptoKey>;
  importKey(
    format: 'spki' | 'pkcs8',
    key: BufferSource,
    algorithm: PairAlgorithm,
    extractable: boolean,
    usages: readonly KeyUsage[],
  ): Promise<CryptoKey>;
  exportKey(format: 'raw', key: CryptoKey): Promise<ArrayBuffer>;
  exportKey(format: 'jwk', key: CryptoKey): Promise<JsonWebKey>;
  generateKey(
    algorithm: HmacAlgorithm | Required<AesAlgorithm>,
    extractable: boolean,
    usages: readonly KeyUsage[],
  ): Promise<CryptoKey>;
  sign(algorithm: SignatureAlgorithm, key: CryptoKey, data: BufferSource): Promise<ArrayBuffer>;
  verify(
    algorithm: SignatureAlgorithm,
    key: CryptoKey,
    signature: BufferSource,
    data: BufferSource,
  ): Promise<boolean>;
  encrypt(algorithm: CipherAlgorithm, key: CryptoKey, data: BufferSource): Promise<ArrayBuffer>;
  decrypt(algorithm: CipherAlgorithm, key: CryptoKey, data: BufferSource): Promise<ArrayBuffer>;
  deriveBits(algorithm: DerivationAlgorithm, key: CryptoKey, bits: number): Promise<ArrayBuffer>;
  deriveKey(
    algorithm: DerivationAlgorithm,
    key: CryptoKey,
    wanted: HmacAlgorithm | Required<AesAlgorithm>,
    extractable: boolean,
    usages: readonly KeyUsage[],
  ): Promise<CryptoKey>;
  readonly [Symbol.toStringTag]: string;
}

declare class Crypto {
  private constructor();
  readonly subtle: SubtleCrypto;
  getRandomValues<
    T extends
      | Int8Array
      | Uint8Array
      | Uint8ClampedArray
      | Int16Array
      | Uint16Array
      | Int32Array
      | Uint32Array
      | BigInt64Array
      | BigUint64Array,
  >(view: T): T;
  randomUUID(): `${string}-${string}-${string}-${string}-${string}`;
  readonly [Symbol.toStringTag]: string;
}

declare const crypto: Crypto;
