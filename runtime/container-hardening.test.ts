import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

/** One rule: sethostname(2) fails with the errno 77, everything else is allowed. */
function program(): string {
  const number = process.arch === 'arm64' ? 161 : 170;
  const instructions = [
    [0x20, 0, 0, 0],
    [0x15, 0, 1, number],
    [0x06, 0, 0, 0x0005_0000 | 77],
    [0x06, 0, 0, 0x7fff_0000],
  ] as const;
  const bytes = Buffer.alloc(instructions.length * 8);
  for (const [index, [code, yes, no, k]] of instructions.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(yes, index * 8 + 2);
    bytes.writeUInt8(no, index * 8 + 3);
    bytes.writeUInt32LE(k, index * 8 + 4);
  }
  return bytes.toString('base64');
}

function harden(seccomp: string): { readonly stdout: string; readonly stderr: string } {
  const script = `import { hardenContainer } from ${JSON.stringify(`${import.meta.dirname}/container-hardening.ts`)};
    import fs from 'node:fs';
    hardenContainer(${JSON.stringify(seccomp)});
    const seen = fs.readdirSync('/proc/self/task').map((task) =>
      fs.readFileSync('/proc/self/task/' + task + '/status', 'utf8').match(/Seccomp:\\s*(\\d)/)[1]);
    const status = fs.readFileSync('/proc/self/status', 'utf8');
    console.log(new Set(seen).size, seen[0], seen.length > 1, status.match(/NoNewPrivs:\\s*(\\d)/)[1]);`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
}

describe('hardenContainer()', () => {
  it('filters every thread of the process', () => {
    const { stdout, stderr } = harden(program());
    expect(stdout.trim(), stderr).toBe('1 2 true 1');
  });

  it('fails loudly when the kernel refuses the program', () => {
    expect(harden(Buffer.alloc(8, 0xff).toString('base64')).stderr).toContain(
      'Cannot filter system calls: invalid argument',
    );
  });
});
