import type { Reporter, TestModule, TestSuite, Vitest } from 'vitest/node';
import { type AllowedSkip, summary, type TestEnd, tally } from './tally.ts';

/** None: every test runs on every machine the suite supports. */
const ALLOWED: readonly AllowedSkip[] = [];

/** Ends a vitest run with one line of counts, and fails it when a test was skipped or none ran. */
export class TallyReporter implements Reporter {
  #filtered = false;

  onInit(vitest: Vitest): void {
    // With `-t` the developer asked for the skips.
    this.#filtered = vitest.config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const result = tally(modules.flatMap(endsOf), ALLOWED);
    const complaints = this.#filtered ? [] : result.complaints;
    if (result.failed > 0 || complaints.length > 0) process.exitCode = 1;
    // Other reporters end their output later than this; nothing comes after `exit`.
    process.once('exit', () => {
      process.stdout.write([...complaints, summary(result), ''].join('\n'));
    });
  }
}

function endsOf(module: TestModule): readonly TestEnd[] {
  const ends: TestEnd[] = brokenParts(module).map((name) => ({ name, state: 'failed' }));
  for (const test of module.children.allTests()) {
    const { state } = test.result();
    // A test that is still pending when the run ends was interrupted.
    ends.push({
      name: `${module.relativeModuleId} > ${test.fullName}`,
      state: state === 'pending' ? 'failed' : state,
    });
  }
  return ends;
}

/** The file and the suites with errors of their own: a file that does not load, a hook that failed. */
function brokenParts(module: TestModule): readonly string[] {
  const suites: TestSuite[] = [...module.children.allSuites()];
  const broken = suites.filter((suite) => suite.errors().length > 0).map((suite) => suite.fullName);
  return module.errors().length > 0 ? [module.relativeModuleId, ...broken] : broken;
}
