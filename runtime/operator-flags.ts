import { type OperatorNaming, type OperatorSettings, parseOperator } from './operator.ts';
import type { ServeValues } from './serve-args.ts';

type Option = { type: 'string' | 'boolean'; multiple?: boolean };

type OperatorFlag =
  | 'limit'
  | 'egress'
  | 'kv'
  | 'metrics'
  | 'enable-panel'
  | 'panel'
  | 'panel-token'
  | 'log'
  | 'json';

/** The settings of an operator (runtime/operator.ts) as flags of `wws`. */
export const OPERATOR_OPTIONS: Readonly<Record<OperatorFlag, Option>> = {
  limit: { type: 'string', multiple: true },
  egress: { type: 'string', multiple: true },
  kv: { type: 'string' },
  metrics: { type: 'string' },
  'enable-panel': { type: 'boolean' },
  panel: { type: 'string' },
  'panel-token': { type: 'string' },
  log: { type: 'string' },
  json: { type: 'boolean' },
};

/** Flags that may be variables as well: everyone on a machine can read a command line. */
const SECRETS: Readonly<Record<string, string>> = { kv: 'WWS_KV', 'panel-token': 'WWS_PANEL_TOKEN' };

const nameOfFlag: OperatorNaming = (key) =>
  key.startsWith('limit.') ? `"--limit ${key.slice('limit.'.length)}"` : `"--${key}"`;

/** Throws an Error that names the flag. */
export function operatorFlags(
  values: ServeValues,
  environment: Readonly<Record<string, string | undefined>>,
): OperatorSettings {
  const text: Record<string, string> = {};
  for (const entry of listOf(values['limit'])) {
    const [name = '', ...value] = entry.split('=');
    if (name === '' || value.length === 0)
      throw new Error(`Cannot use "--limit ${entry}": NAME=VALUE is needed, such as memory=1GiB`);
    text[`limit.${name}`] = value.join('=');
  }
  if (values['egress'] !== undefined) text['egress'] = listOf(values['egress']).join(',');
  if (values['enable-panel'] === true) text['panel'] = 'true';
  if (values['json'] === true) text['log'] = 'json';
  for (const key of ['kv', 'metrics', 'panel', 'panel-token', 'log']) {
    const value = values[key];
    if (typeof value === 'string') text[key] = value;
  }
  for (const [key, name] of Object.entries(SECRETS)) {
    const value = environment[name];
    const isWanted = key !== 'panel-token' || text['panel'] !== undefined;
    if (isWanted && value !== undefined && value !== '') text[key] ??= value;
  }
  return parseOperator(text, nameOfFlag);
}

function listOf(value: ServeValues[string]): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
