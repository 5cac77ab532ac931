/** Asks the panel's API, with the token that came in the address's fragment. */

const KEY = 'wws-panel-token';

/** The token is not known, or is wrong. */
export class Unauthorized extends Error {}

let token = fromAddress() ?? sessionStorage.getItem(KEY);
remember(token);

/** A fragment is sent to no server; it is taken out of the address, so that no one reads it over a shoulder. */
function fromAddress() {
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  if (given !== null) history.replaceState(null, '', `${location.pathname}#routes`);
  return given;
}

/** For this tab, until it is closed. */
export function remember(given) {
  token = given;
  if (given === null) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, given);
}

export async function get(path, signal) {
  if (token === null) throw new Unauthorized('The panel needs its token');
  // What a header cannot carry is no token.
  if (!/^[\x21-\x7e]+$/.test(token)) throw new Unauthorized('This is not the token of this panel');
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(path, { headers, signal, credentials: 'omit', cache: 'no-store' });
  if (response.status === 401) throw new Unauthorized('This is not the token of this panel');
  const body = await response.json();
  if (!response.ok)
    throw new Error(typeof body?.error === 'string' ? body.error : `Status ${response.status}`);
  return body;
}
