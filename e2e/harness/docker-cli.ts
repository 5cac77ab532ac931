import { CommandError, type CommandOptions, type Outcome } from './command.ts';
import { RUNTIME } from './ctr.ts';
import type { Machine } from './machine.ts';
import { until } from './until.ts';

/** What of `docker inspect CONTAINER` the tests look at. */
export interface ContainerState {
  readonly Status: string;
  readonly Pid: number;
  readonly ExitCode: number;
  readonly OOMKilled: boolean;
  readonly Error: string;
  /** RFC 3339 */
  readonly StartedAt: string;
  readonly FinishedAt: string;
}

/** The flags a user gives for an image of ours. */
export const WASM_FLAGS: readonly string[] = [`--runtime=${RUNTIME}`, '--platform=wasi/wasm'];

/** The `docker` command of one dockerd. */
export class DockerCli {
  /** As `DOCKER_HOST` says it. */
  readonly host: string;
  readonly #machine: Machine;
  readonly #environment: Readonly<Record<string, string>>;

  constructor(machine: Machine, socket: string, home: string) {
    this.#machine = machine;
    this.host = `unix://${socket}`;
    this.#environment = { DOCKER_HOST: this.host, DOCKER_CONFIG: `${home}/client` };
  }

  async attempt(args: readonly string[], options: CommandOptions = {}): Promise<Outcome> {
    return this.#machine.attempt(['docker', ...args], {
      ...options,
      env: { ...this.#environment, ...options.env },
    });
  }

  async run(args: readonly string[], options: CommandOptions = {}): Promise<string> {
    const outcome = await this.attempt(args, options);
    if (outcome.code !== 0) throw new CommandError(['docker', ...args], `exit code ${outcome.code}`, outcome);
    return outcome.stdout.trim();
  }

  /** Loads an archive as `wasm-image build -o` writes it. */
  async load(archive: string): Promise<void> {
    await this.run(['load', '--input', archive]);
  }

  async state(container: string): Promise<ContainerState> {
    return JSON.parse(await this.run(['inspect', '--format', '{{json .State}}', container]));
  }

  /** Removes every container, running or not. */
  async discardAll(): Promise<void> {
    const containers = (await this.run(['ps', '--all', '--quiet'])).split('\n').filter((id) => id !== '');
    if (containers.length > 0) await this.attempt(['rm', '--force', ...containers]);
  }

  /** Signal numbers dockerd has sent to the container, oldest first. */
  async signalsSentTo(container: string): Promise<readonly number[]> {
    // `--until` in the past makes the command print what it knows and end.
    const until = (Date.now() / 1000).toFixed(3);
    const filters = ['--filter', `container=${container}`, '--filter', 'event=kill'];
    const events = await this.run([
      'events',
      '--since',
      '0',
      '--until',
      until,
      ...filters,
      '--format',
      '{{json .}}',
    ]);
    return events
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => Number(JSON.parse(line).Actor.Attributes.signal));
  }

  /** Resolves when the container has ended. */
  async exited(container: string): Promise<ContainerState> {
    return until(`the container ${container} has exited`, async () => {
      const state = await this.state(container);
      return state.Status === 'exited' ? state : undefined;
    });
  }
}
