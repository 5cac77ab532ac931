/** fetch: refused for every host, until a worker's configuration can allow some. */
import { defineGlobals } from './define.js';
import { Request } from './request.js';
import { URL } from './url.js';

async function fetch(input) {
  const url = input instanceof Request ? input.url : String(input);
  if (!URL.canParse(url)) throw new Error(`[Invalid Request] Cannot parse the URL ${JSON.stringify(url)}`);
  const { hostname } = new URL(url);
  throw new Error(
    `[Not allowed] The host '${hostname}' is not allowed for this worker. ` +
      'Please, update the worker configuration.',
  );
}

defineGlobals({ fetch });
