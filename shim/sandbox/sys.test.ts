import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

/** Credentials are lost for good: every case runs in a process of its own. */
function inOwnProcess(code: string): string {
  const script = `import * as sys from ${JSON.stringify(`${import.meta.dirname}/sys.ts`)};
    import * as mounts from ${JSON.stringify(`${import.meta.dirname}/mounts.ts`)};
    import { newProcByMember } from ${JSON.stringify(`${import.meta.dirname}/proc-mount.ts`)};
    import fs from 'node:fs';
    import { execFileSync, spawnSync } from 'node:child_process';
    const status = (name) => fs.readFileSync('/proc/thread-self/status', 'utf8').match(new RegExp(name + ':\\\\s*(.*)'))[1];
    ${code}`;
  const scratch = mkdtempSync(path.join(tmpdir(), 'sys-'));
  const run = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script],
    { encoding: 'utf8', env: { ...process.env, SCRATCH: scratch } },
  );
  rmSync(scratch, { recursive: true });
  if (run.status !== 0) throw new Error(run.stderr);
  return run.stdout.trim();
}

describe('unshare()', () => {
  it('moves the thread and what it spawns, not its process', () => {
    const out = inOwnProcess(`
      const before = fs.readlinkSync('/proc/self/ns/uts');
      sys.unshare(sys.NAMESPACE_FLAGS.uts);
      sys.sethostname('jail-one');
      console.log(execFileSync('hostname', { encoding: 'utf8' }).trim(), before !== fs.readlinkSync('/proc/thread-self/ns/uts'));
    `);
    expect(out).toBe('jail-one true');
  });
});

describe('dropBoundingSet() and dropCapabilities()', () => {
  it('leave no capability to the thread or its children', () => {
    const out = inOwnProcess(`
      sys.dropBoundingSet(); sys.dropCapabilities(); sys.setNoNewPrivileges();
      console.log(execFileSync('grep', ['-E', '^Cap|^NoNew', '/proc/self/status'], { encoding: 'utf8' }));
    `);
    for (const set of ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb'])
      expect(out).toContain(`Cap${set}:\t0000000000000000`);
    expect(out).toContain('NoNewPrivs:\t1');
  });
});

describe('become()', () => {
  it('changes user, group and groups', () => {
    const out = inOwnProcess(`
      sys.become({ uid: 1234, gid: 2345, additionalGids: [5, 6] });
      console.log(execFileSync('grep', ['-E', '^Uid|^Gid|^Groups', '/proc/self/status'], { encoding: 'utf8' }));
    `);
    expect(out).toBe('Uid:\t1234\t1234\t1234\t1234\nGid:\t2345\t2345\t2345\t2345\nGroups:\t5 6');
  });
});

describe('setResourceLimit()', () => {
  it('limits another process', () => {
    const out = inOwnProcess(`
      const child = (await import('node:child_process')).spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] });
      sys.setResourceLimit(child.pid, 7, { soft: 100n, hard: 200n });
      console.log(fs.readFileSync('/proc/' + child.pid + '/limits', 'utf8').match(/open files +(\\d+) +(\\d+)/).slice(1).join(' '));
      child.kill();
    `);
    expect(out).toBe('100 200');
  });
});

describe('socketPair()', () => {
  it('connects two descriptors that children do not inherit', () => {
    const out = inOwnProcess(`
      const [a, b] = sys.socketPair();
      fs.writeSync(a, 'hello');
      const bytes = Buffer.alloc(5);
      fs.readSync(b, bytes);
      const inherited = spawnSync('readlink', ['/proc/self/fd/' + a]).status;
      console.log(String(bytes), inherited);
    `);
    expect(out).toBe('hello 1');
  });
});

describe('makePrivate(), newFilesystem() and pivotInto()', () => {
  it('give a thread a root of its own that nobody else sees', () => {
    const out = inOwnProcess(`
      sys.unshare(sys.NAMESPACE_FLAGS.mount);
      mounts.makePrivate();
      const tree = mounts.newFilesystem('tmpfs', [['size', '1m']], 0);
      const target = process.env.SCRATCH;
      const place = fs.openSync(target, 'r');
      mounts.attachTree(tree, place);
      fs.writeFileSync(target + '/only', '');
      mounts.pivotInto(tree);
      console.log(fs.readdirSync('/').join());
    `);
    expect(out).toBe('only');
  });
});

describe('newProcByMember()', () => {
  it('gives the /proc of a pid namespace on kernels that know no other way', () => {
    const out = inOwnProcess(`
      const { once } = await import('node:events');
      const { spawn } = await import('node:child_process');
      sys.unshare(sys.NAMESPACE_FLAGS.pid);
      const member = spawn('cat', { stdio: ['pipe', 'ignore', 'inherit'] });
      await once(member, 'spawn');
      const pidNamespace = fs.openSync('/proc/' + member.pid + '/ns/pid', 'r');
      newProcByMember(pidNamespace, process.env.SCRATCH);
      const seen = fs.readdirSync(process.env.SCRATCH).sort().join();
      sys.setns(fs.openSync('/proc/' + process.pid + '/ns/mnt', 'r'), 0);
      member.stdin.end();
      await once(member, 'exit');
      console.log(seen);
    `);
    expect(out).toBe('1,self,thread-self');
  });
});
