import type { AddressClass } from './address.ts';
import { isListed } from './allowed-hosts.ts';
import type { HttpPolicy } from './http-policy.ts';

interface Named {
  readonly name: string;
  readonly http: HttpPolicy;
}

/** For the operator: what was refused, and which key would allow it. Of a URL no more than its host: it may hold secrets. */
export function policyRefusalLine(
  { name, http }: Named,
  { url, method }: { readonly url: URL; readonly method: string },
): string {
  const key = !isListed(http, url)
    ? 'the host is not among allowed_hosts'
    : url.protocol === 'http:' && !http.allowHttp
      ? 'it takes allow_http = true to use http'
      : `the method "${method}" is not among allowed_methods`;
  return `Refused a request of worker "${name}" to "${url.host}": ${key} in [features.http_requests]`;
}

export function addressRefusalLine(
  { name }: Named,
  host: string,
  { address, addressClass }: { readonly address: string; readonly addressClass: AddressClass },
): string {
  const found = host.replace(/^\[|\]$/g, '') === address ? '' : ` at ${address}`;
  const reason =
    addressClass === 'invalid'
      ? 'no worker may send there'
      : `the operator allows it with --egress ${addressClass} (annotation wws.egress)`;
  return `Refused a request of worker "${name}" to "${host}"${found}: ${reason}`;
}
