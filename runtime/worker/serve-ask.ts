import type { HostServices } from './host-calls.ts';
import type { PendingCall } from './pending-call.ts';
import type { Ask, Told } from './protocol.ts';

/** What becomes of a guest's question: the reply of the host's service, or the reason that there is none. */
export async function serveAsk(
  { service, request }: Ask,
  call: PendingCall,
  services: HostServices | undefined,
  signal: AbortSignal,
): Promise<Pick<Told, 'reply' | 'problem'>> {
  try {
    if (service === 'body') return { reply: await call.body.serve(request as never) };
    const serve = services?.[service];
    if (serve === undefined) return { problem: `The host has no service "${service}"` };
    return { reply: await serve(call.guest, request as never, signal) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
