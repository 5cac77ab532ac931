/**
 * - `limit`: what was to be stored, or what is there, is more than a namespace may hold; nothing was changed
 * - `value`: an entry is not what the operation needs
 * - `lost`: the turn in a namespace ended before its change was stored; nothing was changed
 * - `unavailable`: the store does not answer; a change that was sent may have been stored
 */
export type KvErrorCode = 'limit' | 'value' | 'lost' | 'unavailable';

/** Why a step in a store failed. Messages name neither a password nor, to guests, where the store is. */
export class KvError extends Error {
  override readonly name = 'KvError';
  readonly code: KvErrorCode;

  constructor(code: KvErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
