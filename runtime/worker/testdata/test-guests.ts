import type { Guest, GuestSpec, WorkerRequest } from '#runtime/worker/guest.ts';

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
  return { handle: (request) => handle(spec, request) };
}

function handle(spec: GuestSpec, request: WorkerRequest): ReturnType<Guest['handle']> {
  if (request.body === 'spin') spin();
  if (request.body === 'die') process.exit(7);
  if (request.body === 'throw') throw new Error('thrown');
  if (request.body === 'fail') return { ok: false, reason: 'trap', stderr: Buffer.from('trapped\n') };
  const body = Buffer.from(
    request.body.startsWith('{') ? request.body : JSON.stringify({ name: spec.name, request }),
  );
  const answer = request.body.startsWith('{') ? JSON.parse(request.body) : {};
  return {
    ok: true,
    response: { status: answer.status ?? 200, headers: answer.headers ?? {}, body, kv: {} },
    stderr: NOTHING,
  };
}

function spin(): never {
  for (;;) Atomics.load(new Int32Array(new SharedArrayBuffer(4)), 0);
}
