/** A request a worker makes of another host, and what came of it; plain data, it crosses threads. */
export interface OutboundRequest {
  readonly url: string;
  /** Case counts. */
  readonly method: string;
  /** Names and values in their order; a name may repeat. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array | undefined;
  readonly redirect: 'follow' | 'manual' | 'error';
  /** Whether a body that came compressed is unpacked, and its headers say so no more. */
  readonly decode: boolean;
}

/** The error codes of `http/send-http-request` (wws "Outbound HTTP"). */
export type OutboundErrorCode =
  | 'invalid-request'
  | 'invalid-request-body'
  | 'invalid-response-body'
  | 'not-allowed'
  | 'internal-error'
  | 'timeout'
  | 'redirect-loop';

export type OutboundReply =
  | {
      readonly ok: true;
      /** Where the answer came from, after redirects. */
      readonly url: string;
      readonly redirected: boolean;
      readonly status: number;
      readonly statusText: string;
      /** Lower-case names; a name may repeat. */
      readonly headers: readonly (readonly [name: string, value: string])[];
      readonly body: Uint8Array;
    }
  | {
      readonly ok: false;
      readonly code: OutboundErrorCode;
      readonly message: string;
      /** Of the worker, when it was one that was met. */
      readonly limit?: 'requests' | 'response';
    };
