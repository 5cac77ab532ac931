import { bytesField, readFields } from './wire.ts';

/**
 * The one method of ours between `start` and a server of the same group: "a Create of this container is coming". The answer is
 * empty. Without it a server whose last container is just being removed would leave between `start` naming
 * its address and containerd dialling it.
 */
export const EXPECT_SERVICE = 'wws.shim.v1.Shim';
export const EXPECT_METHOD = 'Expect';

/** The question as one ttrpc frame: length, stream 1, type 1 (request), no flags, `Request` {1 service, 2 method, 3 payload}. */
export function expectRequest(id: string): Uint8Array {
  const payload = bytesField(1, id);
  const data = Buffer.concat([
    bytesField(1, EXPECT_SERVICE),
    bytesField(2, EXPECT_METHOD),
    bytesField(3, payload),
  ]);
  const header = Buffer.alloc(10);
  header.writeUInt32BE(data.length, 0);
  header.writeUInt32BE(1, 4);
  header.writeUInt8(1, 8);
  return Buffer.concat([header, data]);
}

/** The id in the payload of the question. */
export function readExpectedId(payload: Uint8Array): string {
  const id = readFields(payload).find(({ number }) => number === 1)?.value;
  return id instanceof Uint8Array ? Buffer.from(id).toString('utf8') : '';
}
