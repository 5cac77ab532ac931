import { parseQuantity, QUANTITY_EXAMPLES, type QuantityUnit } from './quantity.ts';
import { type LimitName, type Limits, SETTINGS } from './settings.ts';
import { WORKER_LIMITS, type WorkerLimitName, type WorkerLimits } from './worker-limits.ts';

/** Groups of addresses that no worker reaches unless the operator says so. */
export type EgressGroup = 'loopback' | 'link-local' | 'metadata';

const EGRESS_GROUPS: readonly EgressGroup[] = ['loopback', 'link-local', 'metadata'];

/** Lines for people, or one JSON object per line for programs. */
export type LogFormat = 'text' | 'json';

/** `[HOST:]PORT`. */
export interface OperatorAddress {
  readonly host: string | undefined;
  readonly port: number;
}

export interface PanelSettings {
  /** On loopback where no host is given; undefined for any free port there. */
  readonly address: OperatorAddress | undefined;
  /** What its users must know; undefined: one is made up. */
  readonly token: string | undefined;
}

/**
 * What only the operator may say, by flags of `wws` or by annotations of a container: all that gives a project
 * more than it has by itself. Nothing of it comes from an image, but for the log's form and the store's URL.
 */
export interface OperatorSettings {
  /** In place of the defaults of each worker: larger ones too. */
  readonly limits: Partial<WorkerLimits>;
  /** In place of the defaults of the server. */
  readonly serverLimits: Partial<Limits>;
  /** What workers may reach beside public and private addresses. */
  readonly egress: readonly EgressGroup[];
  /** URL of the K/V store; undefined means memory. */
  readonly kv: string | undefined;
  /** Where metrics are served, without a host on the one the app has; undefined for nowhere. */
  readonly metrics: OperatorAddress | undefined;
  /** Undefined: there is no panel. */
  readonly panel: PanelSettings | undefined;
  readonly log: LogFormat | undefined;
}

export const NO_OPERATOR: OperatorSettings = {
  limits: {},
  serverLimits: {},
  egress: [],
  kv: undefined,
  metrics: undefined,
  panel: undefined,
  log: undefined,
};

/** Settings as text, by key: `limit.memory`, `egress`, `kv`, `metrics`, `panel`, `panel-token`, `log`. */
export type OperatorText = Readonly<Record<string, string>>;

/** What annotations of a container begin with, before the key. */
export const ANNOTATION_PREFIX = 'wws.';

const KEYS: readonly string[] = ['limit.NAME', 'egress', 'kv', 'metrics', 'panel', 'panel-token', 'log'];

/** How messages call a setting, in the words of whoever wrote it. */
export type OperatorNaming = (key: string) => string;

const nameOfAnnotation: OperatorNaming = (key) => `annotation "${ANNOTATION_PREFIX}${key}"`;

/** The settings among a container's annotations, their keys without the prefix. */
export function operatorAnnotations(annotations: Readonly<Record<string, string>>): OperatorText {
  return Object.fromEntries(
    Object.entries(annotations)
      .filter(([key]) => key.startsWith(ANNOTATION_PREFIX))
      .map(([key, value]) => [key.slice(ANNOTATION_PREFIX.length), value]),
  );
}

/** Reads settings. Throws an Error that names the first one that is unknown or has no sense. */
export function parseOperator(
  text: OperatorText,
  nameOf: OperatorNaming = nameOfAnnotation,
): OperatorSettings {
  const { limits, serverLimits } = readLimits(text, nameOf);
  const read = <T>(key: string, parse: (value: string) => T): T | undefined => {
    const value = text[key];
    if (value === undefined) return undefined;
    try {
      return parse(value);
    } catch (error) {
      throw new Error(`Cannot use ${nameOf(key)}: ${reasonOf(error)}`, { cause: error });
    }
  };
  for (const key of Object.keys(text)) {
    if (!key.startsWith('limit.') && !KEYS.includes(key))
      throw new Error(`Cannot use ${nameOf(key)}: there is no such setting (known: ${KEYS.join(', ')})`);
  }
  return {
    limits,
    serverLimits,
    egress: read('egress', parseEgress) ?? [],
    kv: read('kv', parseStore),
    metrics: read('metrics', parseAddress),
    panel: panelOf(read('panel', parsePanel), read('panel-token', parseToken), nameOf),
    log: read('log', parseLogFormat),
  };
}

function readLimits(
  text: OperatorText,
  nameOf: OperatorNaming,
): Pick<OperatorSettings, 'limits' | 'serverLimits'> {
  const limits: Partial<Record<WorkerLimitName, number>> = {};
  const serverLimits: Partial<Record<LimitName, number>> = {};
  for (const [key, value] of Object.entries(text)) {
    if (!key.startsWith('limit.')) continue;
    const name = key.slice('limit.'.length);
    if (isWorkerLimit(name)) {
      const { unit, least } = WORKER_LIMITS[name];
      limits[name] = quantity(key, value, unit, least, nameOf);
    } else if (isServerLimit(name)) {
      serverLimits[name] = quantity(key, value, SETTINGS[name].unit, 1, nameOf);
    } else {
      const known = [...Object.keys(WORKER_LIMITS), ...Object.keys(SETTINGS)].join(', ');
      throw new Error(`Cannot use ${nameOf(key)}: there is no such limit (known: ${known})`);
    }
  }
  return { limits, serverLimits };
}

function isWorkerLimit(name: string): name is WorkerLimitName {
  return Object.hasOwn(WORKER_LIMITS, name);
}

function isServerLimit(name: string): name is LimitName {
  return Object.hasOwn(SETTINGS, name);
}

function quantity(
  key: string,
  value: string,
  unit: QuantityUnit,
  least: number,
  nameOf: OperatorNaming,
): number {
  const number = parseQuantity(value, unit);
  if (number === undefined)
    throw new Error(`Cannot use ${nameOf(key)}: ${QUANTITY_EXAMPLES[unit]} is needed, not "${value}"`);
  if (number < least) throw new Error(`Cannot use ${nameOf(key)}: it must be at least ${least}`);
  return number;
}

function parseEgress(value: string): readonly EgressGroup[] {
  return value
    .split(',')
    .map((group) => group.trim())
    .filter((group) => group !== '')
    .map((group) => {
      if (!isEgressGroup(group))
        throw new Error(`"${group}" is no group of addresses (known: ${EGRESS_GROUPS.join(', ')})`);
      return group;
    });
}

function isEgressGroup(text: string): text is EgressGroup {
  return (EGRESS_GROUPS as readonly string[]).includes(text);
}

/** The value may hold a password, so it is not repeated. */
function parseStore(value: string): string {
  if (!URL.canParse(value)) throw new Error('a URL such as "redis://host:6379/0" is needed');
  return value;
}

/** `9090`, `127.0.0.1:9090`, `[::1]:9090`. */
export function parseAddress(value: string): OperatorAddress {
  const [, bracketed, host, digits] = /^(?:\[([\da-fA-F:.]+)\]:|([^\s:[\]]+):)?(\d{1,5})$/.exec(value) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535) throw new Error(`[HOST:]PORT is needed, not "${value}"`);
  return { host: bracketed ?? host, port };
}

function parsePanel(value: string): OperatorAddress | 'any-port' | 'off' {
  if (value === 'true') return 'any-port';
  if (value === 'false') return 'off';
  try {
    return parseAddress(value);
  } catch (error) {
    throw new Error(`"true" or [HOST:]PORT is needed, not "${value}"`, { cause: error });
  }
}

/** It travels in a header, so it is one word. A short one is guessed. */
function parseToken(value: string): string {
  if (!/^[\x21-\x7e]{16,256}$/.test(value)) throw new Error('16 to 256 printable characters are needed');
  return value;
}

function panelOf(
  panel: OperatorAddress | 'any-port' | 'off' | undefined,
  token: string | undefined,
  nameOf: OperatorNaming,
): PanelSettings | undefined {
  if (panel === 'off') return undefined;
  if (panel !== undefined) return { address: panel === 'any-port' ? undefined : panel, token };
  if (token === undefined) return undefined;
  throw new Error(`Cannot use ${nameOf('panel-token')}: there is no panel without ${nameOf('panel')}`);
}

export function parseLogFormat(value: string): LogFormat {
  if (value !== 'text' && value !== 'json') throw new Error(`"text" or "json" is needed, not "${value}"`);
  return value;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
