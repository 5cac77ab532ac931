import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

describe('unmountAll()', () => {
  it('detaches stacked, nested and busy mounts and leaves their neighbours', () => {
    const unmount = new URL('./unmount.ts', import.meta.url).pathname;
    const table = new URL('./mount-table.ts', import.meta.url).pathname;
    // A mount namespace of its own, so that nothing of this shows outside.
    const script = `
      set -e
      cd "$(mktemp -d)"
      mkdir rootfs rootfs2
      mount -t tmpfs t rootfs; mount -t tmpfs t rootfs; mkdir 'rootfs/a b'; mount -t tmpfs t 'rootfs/a b'
      mount -t tmpfs t rootfs2
      exec 9>rootfs/busy
      "$NODE" -e "Promise.all([import('${unmount}'), import('${table}')]).then(([{ unmountAll }, { mountsBelow }]) => {
        const here = process.cwd();
        console.log(mountsBelow(here).length);
        unmountAll(here + '/rootfs');
        unmountAll(here + '/rootfs');
        console.log(mountsBelow(here).join().replace(here, ''));
      })"
      umount rootfs2; here=$PWD; cd /; exec 9>&-; rm -r "$here"`;
    const output = execFileSync('unshare', ['--mount', 'sh', '-c', script], {
      env: { ...process.env, NODE: process.execPath },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    expect(output.toString()).toBe('4\n/rootfs2\n');
  });
});
