/** What a worker may ask of other hosts: `[features.http_requests]` of its configuration. */
export interface HttpPolicy {
  /** Exact names or addresses, without a scheme. With `:port` that port alone is allowed, otherwise all are. */
  readonly allowedHosts: readonly string[];
  /** Upper case. */
  readonly allowedMethods: readonly string[];
  /** Whether `http:` is allowed beside `https:`. */
  readonly allowHttp: boolean;
}

/** Without configuration no host is allowed. */
export const NO_REQUESTS: HttpPolicy = {
  allowedHosts: [],
  allowedMethods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
  allowHttp: false,
};
