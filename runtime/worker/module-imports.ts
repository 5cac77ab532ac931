/** The import `http` / `send-http-request` of core-module workers (wws "Outbound HTTP"). */
export const HTTP_MODULE = 'http';
export const SEND_HTTP_REQUEST = 'send-http-request';

/** What modules of workers are provided beside WASI, as `module.name`. */
export const WORKER_IMPORTS: ReadonlySet<string> = new Set([`${HTTP_MODULE}.${SEND_HTTP_REQUEST}`]);
