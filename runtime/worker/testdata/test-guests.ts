import type { Guest, GuestResult, GuestSpec, WorkerRequest } from '#runtime/worker/guest.ts';
import type { HostCalls } from '#runtime/worker/host-calls.ts';
import { requestText } from '#runtime/worker/received-request.ts';

const NOTHING = new Uint8Array();

/** Loads guests that do what their name says, without any WebAssembly. */
export async function loadGuest(spec: GuestSpec): Promise<Guest> {
  if (spec.name === 'broken') throw new Error('Cannot load worker "broken": line 3: nonsense');
  if (spec.name === 'deep/broken.js') {
    const printed = 'It printed:\n127.0.0.1 "GET / HTTP/1.1" 200\x1b[2K';
    throw new Error(`Cannot load worker "${spec.name}": line 3: nonsense\n${printed}`);
  }
  if (spec.name === 'endless-load') spin();
  if (spec.name === 'deadly-load') process.exit(3);
  return { handle: (request, host) => handle(spec, request, host) };
}

function handle(spec: GuestSpec, request: WorkerRequest, host: HostCalls): ReturnType<Guest['handle']> {
  if (request.body.startsWith('ask ')) return ask(request.body.slice(4), host);
  if (request.body === 'spin') spin();
  if (request.body === 'die') process.exit(7);
  if (request.body === 'throw') throw new Error('thrown');
  if (request.body === 'fail') return { ok: false, reason: 'trap', stderr: Buffer.from('trapped\n') };
  const body = Buffer.from(
    request.body.startsWith('{')
      ? request.body
      : JSON.stringify({ name: spec.name, request: partsOf(request) }),
  );
  const answer = request.body.startsWith('{') ? JSON.parse(request.body) : {};
  return {
    ok: true,
    response: { status: answer.status ?? 200, headers: answer.headers ?? {}, body, kv: {} },
    stderr: NOTHING,
  };
}

function partsOf(request: WorkerRequest): object {
  return { ...JSON.parse(requestText(request)), bytes: request.bytes };
}

/** Asks for a URL and answers with what came; `defiant` ones go on after they were stopped. */
async function ask(url: string, host: HostCalls): Promise<GuestResult> {
  try {
    const request = {
      url,
      method: 'GET',
      headers: [],
      body: undefined,
      redirect: 'follow',
      decode: false,
    } as const;
    const reply = await host.call('http', request);
    const body = reply.ok ? reply.body : Buffer.from(reply.message);
    return { ok: true, response: { status: 200, headers: {}, body, kv: {} }, stderr: NOTHING };
  } catch (error) {
    if (url === 'defiant') spin();
    throw error;
  }
}

function spin(): never {
  for (;;) Atomics.load(new Int32Array(new SharedArrayBuffer(4)), 0);
}
