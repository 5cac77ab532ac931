import type { Check, CheckGroup } from '#runtime/doctor/check.ts';
import type { Machine } from './machine.ts';

/** What `wws doctor` says of one thing, asked inside a machine. */
export async function doctorCheck(
  machine: Machine,
  name: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Check | undefined> {
  const { stdout } = await machine.attempt(['wws', 'doctor', '--json'], { env });
  const groups: readonly CheckGroup[] = JSON.parse(stdout).groups;
  return groups.flatMap(({ checks }) => checks).find((check) => check.name === name);
}
