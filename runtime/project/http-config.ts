import { type HttpPolicy, NO_REQUESTS } from '#runtime/outbound/http-policy.ts';
import { FEATURES } from './features-config.ts';
import type { Table, TomlReader } from './toml-reader.ts';

/** `[features.http_requests]`: what is absent is as in `NO_REQUESTS`. */
export function readHttpPolicy(reader: TomlReader, document: Table): HttpPolicy {
  const features = reader.table(document, ['features']);
  reader.expectKeys(features, ['features'], FEATURES);
  const at = ['features', 'http_requests'];
  const table = reader.table(features, at);
  reader.expectKeys(table, at, ['allowed_hosts', 'allowed_methods', 'allow_http']);
  return {
    allowedHosts: reader.strings(table, [...at, 'allowed_hosts']) ?? NO_REQUESTS.allowedHosts,
    allowedMethods: reader.strings(table, [...at, 'allowed_methods']) ?? NO_REQUESTS.allowedMethods,
    allowHttp: reader.boolean(table, [...at, 'allow_http']) ?? NO_REQUESTS.allowHttp,
  };
}
