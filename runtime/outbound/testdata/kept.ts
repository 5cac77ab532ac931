import { afterEach } from 'vitest';
import { Sender, type SenderOptions } from './sender.ts';
import { Upstream } from './upstream.ts';

const held: AsyncDisposable[] = [];

/** Ends after each test what the functions below have made. */
export function releaseAfterEach(): void {
  afterEach(async () => {
    while (held.length > 0) await held.pop()?.[Symbol.asyncDispose]();
  });
}

export function keep<T extends AsyncDisposable>(thing: T): T {
  held.push(thing);
  return thing;
}

export async function start(...args: Parameters<typeof Upstream.start>): Promise<Upstream> {
  return keep(await Upstream.start(...args));
}

/** A worker that may send anything to `*.test` by http. */
export function sender(options: SenderOptions = {}): Sender {
  const policy = {
    allowedHosts: ['a.test', 'b.test'],
    allowHttp: true,
    allowedMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PROPFIND'],
    ...options.policy,
  };
  return keep(new Sender({ ...options, policy }));
}
