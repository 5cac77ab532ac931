import { describe, expect, it } from 'vitest';
import { Channel, type Message } from './channel.ts';

const EMPTY = new Uint8Array();

function write(channel: Channel, text: string): void {
  channel.stdout.write?.(Uint8Array.from(Buffer.from(text)));
}

function read(channel: Channel, count = 1000): string {
  const into = new Uint8Array(count);
  return Buffer.from(into.subarray(0, channel.stdin.read?.(into))).toString();
}

/** A channel that keeps what it hears. */
function listening(limit = 1000): { channel: Channel; heard: [object, string][] } {
  const heard: [object, string][] = [];
  const channel = new Channel(limit, ({ head, body }) => {
    heard.push([head, Buffer.from(body).toString()]);
    return undefined;
  });
  return { channel, heard };
}

describe('the channel of an interpreter', () => {
  it('hears messages in whatever pieces they are written', () => {
    const text = '{"a":"é"}\n{"b":2,"bytes":5}\n\n\nxyz{"c":3}\n';
    const expected = [
      [{ a: 'é' }, ''],
      [{ b: 2, bytes: 5 }, '\n\nxyz'],
      [{ c: 3 }, ''],
    ];
    const { channel, heard } = listening();
    write(channel, text);
    expect(heard).toEqual(expected);
    const pieces = listening();
    for (const byte of Buffer.from(text)) pieces.channel.stdout.write?.(Uint8Array.of(byte));
    expect(pieces.heard).toEqual(expected);
  });

  it('hands out messages one by one, and then its end', () => {
    const { channel } = listening();
    channel.tell({ head: { a: 1 }, body: EMPTY });
    channel.tell({ head: { b: 2 }, body: Buffer.from('xyz') });
    expect(read(channel)).toBe('{"a":1}\n');
    expect(read(channel, 5)).toBe('{"b":');
    expect(read(channel)).toBe('2,"bytes":3}\nxyz');
    expect(read(channel)).toBe('');
  });

  it('answers at once, or has the guest wait', async () => {
    const { promise, resolve } = Promise.withResolvers<Message>();
    const channel = new Channel(1000, ({ head }) =>
      head['later'] === true ? promise : { head: { now: true }, body: EMPTY },
    );
    write(channel, '{}\n');
    expect(channel.stdin.waiting).toBeUndefined();
    expect(read(channel)).toBe('{"now":true}\n');
    write(channel, '{"later":true}\n');
    expect(channel.stdin.waiting).toBeDefined();
    resolve({ head: { late: true }, body: EMPTY });
    await channel.stdin.waiting;
    expect(channel.stdin.waiting).toBeUndefined();
    expect(read(channel)).toBe('{"late":true}\n');
  });

  it.each([
    ['no JSON', 'hello\n', 'The worker wrote to descriptor 1, which is not its own: "hello"'],
    ['no object', '[1]\n', 'which is not its own: "[1]"'],
    ['null', 'null\n', 'which is not its own: "null"'],
    ['bytes that are no number', '{"bytes":"x"}\n', 'which is not its own'],
    ['fewer bytes than none', '{"bytes":-1}\n', 'which is not its own'],
    ['half a byte', '{"bytes":0.5}\n', 'which is not its own'],
    ['more bytes than allowed', '{"bytes":1001}\n', 'answered more than 1000 bytes'],
    [
      'values without end',
      `{"a":[${'1,'.repeat(500_000)}1]}\n`,
      'What the worker answers is no answer: it has more than',
    ],
    ['a line without end', 'x'.repeat(70_000), 'answered more than 1000 bytes'],
  ])('refuses %s', (_, text, reason) => {
    const { channel, heard } = listening(text.length > 100_000 ? text.length : 1000);
    expect(() => write(channel, text)).toThrow(reason);
    expect(heard).toEqual([]);
  });

  it('takes as many bytes as are allowed', () => {
    const { channel, heard } = listening();
    write(channel, `{"bytes":1000}\n${'x'.repeat(1000)}`);
    expect(heard).toEqual([[{ bytes: 1000 }, 'x'.repeat(1000)]]);
  });
});
