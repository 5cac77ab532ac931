import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The yardstick: node:http with an answer that is always the same. Prints its port. */
const BODY = 'hello, 123\n';
const HEADERS = { 'content-type': 'text/plain', 'content-length': BODY.length };

const server = createServer((_, response) => {
  response.writeHead(200, HEADERS);
  response.end(BODY);
}).listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
