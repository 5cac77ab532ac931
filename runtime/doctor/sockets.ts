import { request } from 'node:http';
import { connect } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { json } from 'node:stream/consumers';

/** A daemon that says nothing for so long is as good as none. */
const PATIENCE_MS = 2_000;

/** An answer of a daemon is small; more is none of a daemon we know. */
const MAX_BYTES = 65_536;

/** Asks a containerd for its version (gRPC `containerd.services.version.v1.Version/Version`). */
export async function askContainerd(socket: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const session = connect('http://localhost', { createConnection: () => connectSocket(socket) });
  const timer = setTimeout(() => reject(new Error(`no answer within ${PATIENCE_MS} ms`)), PATIENCE_MS);
  session.on('error', reject);
  const stream = session.request({
    ':method': 'POST',
    ':path': '/containerd.services.version.v1.Version/Version',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  let answer = Buffer.alloc(0);
  stream.on('error', reject);
  stream.on('data', (chunk: Buffer) => {
    if (answer.length < MAX_BYTES) answer = Buffer.concat([answer, chunk]);
  });
  stream.on('end', () => {
    // Five bytes of frame, then field 1 of VersionResponse: tag, length, text.
    const length = answer[6] ?? 0;
    const version = answer.subarray(7, 7 + length).toString('utf8');
    if (answer[5] === 0x0a && version !== '') resolve(version);
    else reject(new Error('it does not answer as containerd does'));
  });
  // An empty message: not compressed, no bytes.
  stream.end(Buffer.alloc(5));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    session.destroy();
  }
}

export interface DockerInfo {
  readonly version: string;
  /** Images lie in containerd, which is what takes those for wasi/wasm. */
  readonly hasImageStore: boolean;
}

/** Asks a Docker daemon about itself (Engine API `GET /info`). */
export async function askDocker(socket: string): Promise<DockerInfo> {
  const { promise, resolve, reject } = Promise.withResolvers<DockerInfo>();
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const sent = request({ socketPath: socket, path: '/info', signal }, (response) => {
    json(response).then(dockerInfo).then(resolve, reject);
  });
  sent.on('error', reject);
  sent.end();
  return await promise;
}

function dockerInfo(info: unknown): DockerInfo {
  const { ServerVersion, DriverStatus } = info as { ServerVersion?: unknown; DriverStatus?: unknown };
  if (typeof ServerVersion !== 'string') throw new Error('it does not answer as Docker does');
  return {
    version: ServerVersion,
    hasImageStore: JSON.stringify(DriverStatus ?? []).includes('io.containerd.snapshotter.v1'),
  };
}
