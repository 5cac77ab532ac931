import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packAny, unpackAny } from './any.ts';
import { codec } from './codec.ts';
import { fromTimestamp, toTimestamp } from './timestamp.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytes = (text: string): Uint8Array => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

describe('codec()', () => {
  it('writes CreateTaskRequest as containerd does', () => {
    const request = codec('containerd.task.v2.CreateTaskRequest');
    const wire = `
      0a 02 6331            # 1 id "c1"
      12 02 2f62            # 2 bundle "/b"
      1a 0e 0a 04 62696e64 12 01 73 22 03 72 6f 78
      32 02 2f6f            # 6 stdout "/o"
      52 06 0a 01 74 12 01 ff`.replaceAll(/#.*/g, '');
    const message = {
      id: 'c1',
      bundle: '/b',
      rootfs: [{ type: 'bind', source: 's', options: ['rox'] }],
      stdout: '/o',
      options: { typeUrl: 't', value: Uint8Array.of(0xff) },
    };
    expect(hex(request.encode(message))).toBe(hex(bytes(wire)));
    expect(request.decode(bytes(wire))).toEqual({
      ...message,
      rootfs: [{ type: 'bind', source: 's', target: '', options: ['rox'] }],
      terminal: false,
      stdin: '',
      stderr: '',
      checkpoint: '',
      parentCheckpoint: '',
      options: { typeUrl: 't', value: Buffer.of(0xff) },
    });
  });

  it('writes an exit event in its envelope', () => {
    const at = { seconds: 1_700_000_000n, nanos: 5 };
    const event = packAny('containerd.events.TaskExit', {
      containerId: 'c',
      id: 'c',
      pid: 300,
      exitStatus: 137,
      exitedAt: at,
    });
    const wire = codec('containerd.services.events.ttrpc.v1.Envelope').encode({
      timestamp: at,
      namespace: 'n',
      topic: '/tasks/exit',
      event,
    });
    const time = '0880e2cfaa061005';
    const exit = `0a0163 120163 18ac02 208901 2a08${time}`;
    const name = hex(Buffer.from('containerd.events.TaskExit'));
    expect(hex(wire)).toBe(
      hex(bytes(`0a08${time} 12016e 1a0b2f7461736b732f65786974 2234 0a1a${name} 1216${exit}`)),
    );
    expect(unpackAny('containerd.events.TaskExit', { ...event, typeUrl: `host/${event.typeUrl}` })).toEqual({
      containerId: 'c',
      id: 'c',
      pid: 300,
      exitStatus: 137,
      exitedAt: at,
    });
    expect(unpackAny('containerd.events.TaskStart', event)).toBeUndefined();
  });

  it('keeps 64 bits of a cgroup limit, given as bigint', () => {
    const metrics = codec('io.containerd.cgroups.v2.Metrics');
    const max = 2n ** 64n - 1n;
    const wire = metrics.encode({ pids: { current: 3, limit: max } });
    expect(hex(wire)).toBe('0a0d080310ffffffffffffffffff01');
    expect(metrics.decode(wire).pids).toEqual({ current: 3n, limit: max });
  });

  it('packs repeated numbers and reads them unpacked as well', () => {
    const usage = codec('io.containerd.cgroups.v1.CPUUsage');
    expect(hex(usage.encode({ perCpu: [1, 300n] }))).toBe('220301ac02');
    expect(usage.decode(bytes('2001 20ac02')).perCpu).toEqual([1n, 300n]);
  });

  it('names enum values, and leaves those without a name as numbers', () => {
    const state = codec('containerd.task.v2.StateResponse');
    expect(hex(state.encode({ status: 'RUNNING' }))).toBe('2002');
    expect(state.decode(bytes('2002')).status).toBe('RUNNING');
    expect(state.decode(bytes('2009')).status).toBe(9);
    const bootstrap = codec('containerd.runtime.bootstrap.v1.BootstrapParams');
    const debug = bytes('18 fcffffffffffffffff01');
    expect(bootstrap.decode(debug).logLevel).toBe('LOG_LEVEL_DEBUG');
    expect(hex(bootstrap.encode({ logLevel: -4 }))).toBe(hex(debug));
  });

  it('fills in defaults, and leaves out what is absent', () => {
    const state = codec('containerd.task.v2.StateResponse').decode(new Uint8Array());
    expect(state.exitStatus).toBe(0);
    expect(state.status).toBe('UNKNOWN');
    expect('exitedAt' in state).toBe(false);
    const bootstrap = codec('containerd.runtime.bootstrap.v1.BootstrapParams');
    expect('socketDir' in bootstrap.decode(new Uint8Array())).toBe(false);
    expect(bootstrap.decode(bytes('4a 00')).socketDir).toBe('');
    expect(codec('ttrpc.Request').decode(new Uint8Array())).toEqual({
      service: '',
      method: '',
      payload: Buffer.alloc(0),
      timeoutNano: 0n,
      metadata: [],
    });
  });

  it('skips fields it does not know', () => {
    const start = codec('containerd.task.v2.StartResponse');
    expect(start.decode(bytes('0807 9a0603616263 f80101'))).toEqual({ pid: 7 });
  });

  it('refuses bytes that end inside a field', () => {
    const start = codec('containerd.task.v2.StateRequest');
    expect(() => start.decode(bytes('0a05 6162'))).toThrow(RangeError);
    expect(() => start.decode(bytes('0a'))).toThrow(RangeError);
    const request = codec('ttrpc.Request');
    // A pair of metadata of 2 bytes whose key is said to have 3.
    expect(() => request.decode(bytes('2a02 0a03 616263'))).toThrow(RangeError);
    expect(() => request.decode(bytes('00 01'))).toThrow('field number 0');
  });

  it('keeps every character of a string', () => {
    const request = codec('containerd.task.v2.StateRequest');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (id) => {
        expect(request.decode(request.encode({ id })).id).toBe(id);
      }),
    );
  });

  it('leaves out what is at its default, but not absent lists of one or optional fields', () => {
    const bootstrap = codec('containerd.runtime.bootstrap.v1.BootstrapParams');
    const wire = bootstrap.encode({
      instanceId: '',
      logLevel: 'LOG_LEVEL_INFO',
      extensions: [{}],
      socketDir: '',
    });
    expect(hex(wire)).toBe('42004a00');
  });

  it('takes a field of another wire type as unknown', () => {
    expect(codec('containerd.task.v2.StartResponse').decode(bytes('0a0161 0807'))).toEqual({ pid: 7 });
  });

  it('writes maps', () => {
    const update = codec('containerd.services.content.v1.WriteContentRequest');
    const wire = update.encode({ action: 'COMMIT', labels: { a: 'b' } });
    expect(hex(wire)).toBe('08023a060a016112 0162'.replaceAll(' ', ''));
    expect(update.decode(wire).labels).toEqual({ a: 'b' });
  });
});

describe('timestamps', () => {
  it('are seconds and nanoseconds', () => {
    const time = codec('google.protobuf.Timestamp');
    expect(hex(time.encode(toTimestamp(new Date('2023-11-14T22:13:20.250Z'))))).toBe(
      '0880e2cfaa061080e59a77',
    );
  });

  it('round trip to the millisecond, before 1970 too', () => {
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true }), (date) => {
        const stamp = toTimestamp(date);
        expect(stamp.nanos).toBeGreaterThanOrEqual(0);
        expect(fromTimestamp(stamp)).toEqual(date);
      }),
    );
  });
});
