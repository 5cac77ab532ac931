import type { OutboundReply } from '#runtime/outbound/message.ts';
import type { Telemetry } from '#runtime/telemetry/telemetry.ts';
import type { GuestSpec } from '#runtime/worker/guest.ts';
import type { HostServices } from '#runtime/worker/host-calls.ts';

type SendHttp = NonNullable<HostServices['http']>;

/** Sends as `send` does, and tells observers what came of it. */
export function reportedOutbound(
  send: SendHttp,
  specs: readonly GuestSpec[],
  telemetry: Telemetry,
): SendHttp {
  return async (guest, request, signal) => {
    if (!telemetry.isObserved) return await send(guest, request, signal);
    const began = performance.now();
    const worker = specs[guest]?.name ?? '';
    let reply: OutboundReply | undefined;
    try {
      reply = await send(guest, request, signal);
      return reply;
    } finally {
      const milliseconds = performance.now() - began;
      const status = reply?.ok === true ? reply.status : undefined;
      telemetry.event({ kind: 'outbound', worker, outcome: outcomeOf(reply), status, milliseconds });
      if (reply?.ok === false && reply.limit !== undefined) telemetry.limit(reply.limit, worker);
    }
  };
}

/** Without a reply it was given up together with its call. */
function outcomeOf(reply: OutboundReply | undefined): 'answered' | 'refused' | 'failed' {
  if (reply === undefined) return 'failed';
  if (reply.ok) return 'answered';
  return reply.code === 'not-allowed' ? 'refused' : 'failed';
}
