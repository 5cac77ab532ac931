import { type Check, ok, warn } from './check.ts';

const PREAMBLE = '0061736d01000000';

/** `(func)`, with its type and this for a body. */
function withBody(body: string): string {
  const length = (digits: string): string => (digits.length / 2).toString(16).padStart(2, '0');
  const code = `01${length(body)}${body}`;
  return `010401600000030201000a${length(code)}${code}`;
}

/** The smallest modules that need each proposal, in hexadecimal, without the preamble. */
const PROPOSALS: Readonly<Record<string, string>> = {
  'multi-value': '010601600002 7f7f',
  'reference types': '0404016f0001',
  'bulk memory': '010401600000 03020100 050301 0001 0a0d010b00410041004100fc0b000b',
  SIMD: withBody('004100fd0f1a0b'),
  'relaxed SIMD': withBody('004100fd0f4100fd0ffd80021a0b'),
  'tail calls': withBody('0012000b'),
  exceptions: withBody('001f40000b0b'),
  GC: '0103015f00',
  threads: '05040103 0101',
  memory64: '0503010401',
  'multiple memories': '05050200000000',
};

/** What modules may be made of. */
export function wasmChecks(): readonly Check[] {
  const missing = Object.entries(PROPOSALS)
    .filter(([, module]) => !WebAssembly.validate(Buffer.from(PREAMBLE + module.replaceAll(' ', ''), 'hex')))
    .map(([name]) => name);
  const there = Object.keys(PROPOSALS).filter((name) => !missing.includes(name));
  const advice = 'Modules that use them will not load: run the Node that came with wws';
  return [
    ok('Proposals', there.join(', ')),
    ...(missing.length === 0 ? [] : [warn('Missing proposals', missing.join(', '), advice)]),
    'Suspending' in WebAssembly
      ? ok('Stack switching (JSPI)', 'available')
      : warn(
          'Stack switching (JSPI)',
          'missing',
          'Workers that wait for the host need it: run the Node that came with wws',
        ),
  ];
}
