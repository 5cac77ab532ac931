type IntegerArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

type DigestName = 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512';

declare class SubtleCrypto {
  private constructor();
  digest(
    algorithm: DigestName | { name: DigestName },
    data: ArrayBuffer | ArrayBufferView,
  ): Promise<ArrayBuffer>;
  readonly [Symbol.toStringTag]: string;
}

declare class Crypto {
  private constructor();
  readonly subtle: SubtleCrypto;
  getRandomValues<T extends IntegerArray>(array: T): T;
  randomUUID(): `${string}-${string}-${string}-${string}-${string}`;
  readonly [Symbol.toStringTag]: string;
}

declare const crypto: Crypto;
