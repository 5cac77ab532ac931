import { LogWriter } from '#runtime/server/log.ts';
import { ProjectServer } from '#runtime/server/project-server.ts';
import { plainOptions } from '#runtime/server/testdata/plain-options.ts';

/**
 * Ours: serves the project in a directory, its access log on stderr, and prints its port when all workers are
 * loaded. Arguments: the directory, and `no-watchdog` to leave calls as long as they take.
 */
const [root = '', watchdog] = process.argv.slice(2);

const server = await ProjectServer.prepare({
  ...plainOptions(root),
  log: new LogWriter(2),
  watchdog: watchdog !== 'no-watchdog',
});
await server.loaded;
const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`${port}\n`);
