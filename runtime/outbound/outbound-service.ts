import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { HostServices } from '#runtime/worker/host-calls.ts';
import type { OutboundHttp, OutboundOptions } from './outbound-http.ts';

type OutboundModule = typeof import('./outbound-http.ts');

export interface OutboundService {
  readonly http: NonNullable<HostServices['http']>;
  /** Ends what is under way. */
  close(): Promise<void>;
}

/** The workers' outbound requests. The client behind it is large, and loaded when a worker first asks. */
export function outboundService(options: OutboundOptions): OutboundService {
  let opened: Promise<OutboundHttp> | undefined;
  let isClosed = false;
  const open = async (): Promise<OutboundHttp> => {
    const { OutboundHttp } = await loadClient();
    return new OutboundHttp(options);
  };
  return {
    async http(guest, request, signal) {
      if (isClosed) throw new Error('The server is stopping');
      opened ??= open();
      return await (await opened).send(guest, request, signal);
    },
    async close() {
      isClosed = true;
      await (await opened)?.close();
    },
  };
}

/** The bundle beside ours, or its source when we run from sources. */
async function loadClient(): Promise<OutboundModule> {
  const bundle = path.join(import.meta.dirname, 'outbound.cjs');
  if (existsSync(bundle)) {
    return ((await import(pathToFileURL(bundle).href)) as { readonly default: OutboundModule }).default;
  }
  // Not a literal, so that the bundler leaves it alone.
  const source = './outbound-http.ts';
  return (await import(source)) as OutboundModule;
}
