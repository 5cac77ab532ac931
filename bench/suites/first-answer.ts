import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** Asks `/` on loopback again and again until the answer has status 200; rejects when `signal` aborts. */
export async function firstAnswer(port: number, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    if (await answers(port)) return;
    await pause(0.5);
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () =>
      socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'),
    );
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      received += chunk;
    });
    // A refused or cut connection is the expected answer of what is not up yet.
    socket.on('error', () => resolve(false));
    socket.on('close', () => resolve(/^HTTP\/1\.[01] 200 /.test(received)));
  });
}
