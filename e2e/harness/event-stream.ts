import path from 'node:path';
import type { Containerd } from './containerd.ts';
import type { Daemon } from './daemon.ts';
import { until } from './until.ts';

/** The events containerd publishes from the moment this is open, as `ctr events` prints them. */
export class EventStream implements AsyncDisposable {
  readonly #printer: Daemon;

  private constructor(printer: Daemon) {
    this.#printer = printer;
  }

  static async open(containerd: Containerd): Promise<EventStream> {
    const { machine, ctr, socket } = containerd;
    const marker = `subscribed-${process.hrtime.bigint()}`;
    const log = path.join(machine.directory, `${marker}.log`);
    const stream = new EventStream(await machine.spawn(['ctr', '--address', socket, 'events'], log));
    // The command does not say when it is subscribed: an event of our own tells.
    await until('the event stream is open', async () => {
      await ctr.run(['namespaces', 'create', marker]);
      await ctr.run(['namespaces', 'remove', marker]);
      return (await stream.#printer.log()).includes(marker) ? true : undefined;
    });
    return stream;
  }

  /** The first event of the container `id` on `topic`, waited for when it has not come yet. */
  async next(topic: string, id: string): Promise<unknown> {
    return until(`${topic} is published for ${id}`, async () => {
      for (const line of (await this.#printer.log()).split('\n')) {
        // "2026-01-02 03:04:05 +0000 UTC namespace /tasks/exit {…}"
        const json = line.slice(line.indexOf('{'));
        if (!line.includes(` ${topic} {`)) continue;
        const event = JSON.parse(json);
        if (event.container_id === id) return event;
      }
      return undefined;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#printer.stop('SIGKILL');
  }
}
