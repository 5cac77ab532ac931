import type { KvOperation } from '#runtime/kv/operation.ts';
import type { HostCalls } from '#runtime/worker/host-calls.ts';
import { parseJson } from '#runtime/worker/parse-json.ts';
import type { Engine } from './engine.ts';
import type { Box } from './engine-exports.ts';
import type { Answering } from './question.ts';

/** `(operation)` as JSON text; answers the reply as JSON text. */
export async function askKv(
  engine: Engine,
  [text = 0]: readonly Box[],
  calls: HostCalls,
): Promise<Answering> {
  const reply = JSON.stringify(await calls.call('kv', operationOf(parseJson(engine.text(text)))));
  return (to) => [to.newText(reply)];
}

/** What a worker has put in place of the guest's own functions may have written the text. */
function operationOf(value: unknown): KvOperation {
  const {
    type,
    key,
    value: text,
    expected,
    by,
    prefix,
    limit,
    after,
  } = Object(value) as Record<string, unknown>;
  if (type === 'list' && isText(prefix) && isText(after) && isWhole(limit))
    return { type, prefix, limit, after };
  if (isText(key)) {
    if (type === 'get' || type === 'delete') return { type, key };
    if (type === 'put' && isText(text)) return { type, key, value: text };
    if (type === 'increment' && isWhole(by)) return { type, key, by };
    if (type === 'compareAndSet' && isTextOrNull(expected) && isTextOrNull(text))
      return { type, key, expected, value: text };
  }
  throw new TypeError('Unknown operation of KV');
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.isWellFormed();
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || isText(value);
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
