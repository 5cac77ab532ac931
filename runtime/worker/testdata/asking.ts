import type { Guest, GuestResult, WorkerRequest, WorkerResponse } from '#runtime/worker/guest.ts';
import type { HostCalls } from '#runtime/worker/host-calls.ts';

/** A host without services; its timers are real. */
export const NO_HOST: HostCalls = {
  call: async (service) => {
    throw new Error(`The host has no service "${service}"`);
  },
  after: (milliseconds, ring) => {
    const timeout = setTimeout(ring, milliseconds);
    return () => clearTimeout(timeout);
  },
};

/** A guest that never waits for the host. */
export interface ImmediateGuest {
  handle(request: WorkerRequest): GuestResult;
}

export function immediate(guest: Guest): ImmediateGuest {
  return {
    handle: (request) => {
      const result = guest.handle(request, NO_HOST);
      if (result instanceof Promise) throw new Error('The guest answers later');
      return result;
    },
  };
}

export function get(target: string): WorkerRequest {
  return {
    url: `http://localhost${target}`,
    method: 'GET',
    headers: { host: 'localhost' },
    body: '',
    kv: {},
    params: {},
  };
}

export function ask(guest: Guest, target: string): GuestResult {
  return immediate(guest).handle(get(target));
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
