import type { Guest, GuestResult, WorkerResponse } from '#runtime/worker/guest.ts';

export function ask(guest: Guest, target: string): GuestResult {
  return guest.handle({
    url: `http://localhost${target}`,
    method: 'GET',
    headers: { host: 'localhost' },
    body: '',
    kv: {},
    params: {},
  });
}

export function answered(result: GuestResult): WorkerResponse {
  if (!result.ok) throw new Error(`${result.reason}; stderr: ${Buffer.from(result.stderr)}`);
  return result.response;
}

export function body(result: GuestResult): string {
  return Buffer.from(answered(result).body).toString();
}

export function refused(result: GuestResult): string {
  if (result.ok) throw new Error(`answered ${body(result)}`);
  return result.reason;
}
