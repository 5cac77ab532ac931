import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

/** What a Node that was told to do without FFI says when a guest is given a folder. */
function withoutFfi(): string {
  const preopens = new URL('./preopens.ts', import.meta.url).href;
  const script = `
    const { openPreopen } = await import('${preopens}');
    try {
      openPreopen({ guestPath: '/data', hostPath: '/', writable: false });
    } catch (error) {
      console.log(error.name + ': ' + error.message);
    }`;
  const flags = ['--no-experimental-ffi', '--input-type=module', '--eval', script];
  return execFileSync(process.execPath, flags, { encoding: 'utf8', env: {} });
}

it('says what is missing where Node has no FFI, and opens nothing', () => {
  expect(withoutFfi()).toBe(
    'FolderError: Cannot open folder "/data": This Node has no module "node:ffi", which calls the kernel (run Node 26 as it comes)\n',
  );
});
