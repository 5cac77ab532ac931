/** The process behind `request` in http.ts: makes the request in argv, prints the answer; both are JSON. */
import http from 'node:http';
import { text } from 'node:stream/consumers';
import type { HttpAnswer, HttpRequest } from './http.ts';

const { url, method, headers, body }: HttpRequest = JSON.parse(process.argv[2] ?? '');

const answer = await new Promise<HttpAnswer>((resolve, reject) => {
  const request = http.request(url, { method: method ?? 'GET', headers: { ...headers }, agent: false });
  request.on('error', reject);
  request.on('response', (response) => {
    const received: Record<string, string> = {};
    for (const [name, value] of Object.entries(response.headers)) {
      if (value !== undefined) received[name] = String(value);
    }
    text(response).then(
      (content) => resolve({ status: response.statusCode ?? 0, headers: received, body: content }),
      reject,
    );
  });
  request.end(body);
});

process.stdout.write(JSON.stringify(answer));
