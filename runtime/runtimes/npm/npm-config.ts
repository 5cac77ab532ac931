import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** What the user has told npm about registries, as far as it takes to get a package from one. */
export interface NpmConfig {
  /** With a slash at its end; of packages with this scope (`@scope`), or with none. */
  registryOf(scope: string | undefined): URL;
  /** For whom a token or password was written down. */
  authorizationFor(url: URL): string | undefined;
  /** Certificates of authorities to trust, PEM. */
  readonly authorities: readonly string[];
  /** The environment, with the proxies that npm was told of. */
  readonly environment: Environment;
}

export const DEFAULT_REGISTRY = 'https://registry.npmjs.org/';

/** Where npm keeps what holds for all users; it depends on how it was installed. */
const GLOBAL_FILES = ['/usr/local/etc/npmrc', '/usr/etc/npmrc', '/etc/npmrc'];

/**
 * Reads npm's settings without npm: environment, `.npmrc` of the project, of the user, of the machine, in this order.
 *
 * Of a project's file only the registries count, and no variable in it is replaced: a project is somebody else's,
 * and would otherwise send tokens where it likes.
 */
export async function readNpmConfig(project: string, environment: Environment): Promise<NpmConfig> {
  const ofEnvironment = environmentSettings(environment);
  const userFile = ofEnvironment.get('userconfig') ?? path.join(environment['HOME'] ?? homedir(), '.npmrc');
  const globalFile = ofEnvironment.get('globalconfig');
  const ofUser = await fileSettings(userFile, environment);
  const ofMachine: Settings[] = [];
  for (const file of globalFile === undefined ? GLOBAL_FILES : [globalFile])
    ofMachine.push(await fileSettings(file, environment));
  const trusted = merged([ofEnvironment, ofUser, ...ofMachine]);
  const ofProject = [...(await fileSettings(path.join(project, '.npmrc'), undefined))];
  const registries = merged([
    ofEnvironment,
    new Map(ofProject.filter(([key]) => key === 'registry' || key.endsWith(':registry'))),
    trusted,
  ]);
  return {
    registryOf: (scope) => {
      const own = scope === undefined ? undefined : registries.get(`${scope}:registry`);
      return registryUrl(own ?? registries.get('registry') ?? DEFAULT_REGISTRY);
    },
    authorizationFor: (url) => authorization(trusted, url),
    authorities: await authoritiesOf(trusted),
    environment: withProxies(trusted, environment),
  };
}

/** By key; the first that says something counts. */
type Settings = ReadonlyMap<string, string>;

function merged(all: readonly Settings[]): Settings {
  return new Map(all.toReversed().flatMap((settings) => [...settings]));
}

/** `npm_config_registry`, in capitals or not; `_` stands for `-`, but not at the beginning. */
function environmentSettings(environment: Environment): Settings {
  const settings = new Map<string, string>();
  for (const [name, value] of Object.entries(environment)) {
    const key = /^npm_config_(.+)$/i.exec(name)?.[1];
    if (key === undefined || value === undefined || value === '') continue;
    settings.set(key.startsWith('//') ? key : key.toLowerCase().replace(/(?!^)_/g, '-'), value);
  }
  return settings;
}

/** `variables`: what `${NAME}` stands for; undefined for nothing. */
async function fileSettings(file: string, variables: Environment | undefined): Promise<Settings> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES'].includes(error.code ?? '')) return '';
    throw error;
  });
  const settings = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, key = '', written = ''] = /^\s*([^;#\s=][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (key === '' || written === '') continue;
    const value = written.replace(/^(["'])(.*)\1$/, '$2');
    settings.set(key, variables === undefined ? value : replaced(value, variables));
  }
  return settings;
}

function replaced(value: string, variables: Environment): string {
  return value.replace(/\$\{([^}]+)\}/g, (whole, name: string) => variables[name] ?? whole);
}

function registryUrl(text: string): URL {
  if (!URL.canParse(text) || !/^https?:/.test(text))
    throw new Error(`npm's registry "${text}" is no URL of http or https`);
  return new URL(text.endsWith('/') ? text : `${text}/`);
}

/** Settings of a registry are written with its address before them: `//HOST/PATH/:_authToken`. */
function authorization(settings: Settings, { host, pathname }: URL): string | undefined {
  const parts = pathname.split('/').filter((part) => part !== '');
  for (let length = parts.length; length >= 0; length--) {
    const place = ['', '', host, ...parts.slice(0, length), ''].join('/');
    const of = (key: string): string | undefined =>
      settings.get(`${place}:${key}`) ?? settings.get(`${place.slice(0, -1)}:${key}`);
    const token = of('_authToken');
    if (token !== undefined) return `Bearer ${token}`;
    const basic = of('_auth');
    if (basic !== undefined) return `Basic ${basic}`;
    const [user, password] = [of('username'), of('_password')];
    if (user !== undefined && password !== undefined) {
      const plain = `${user}:${Buffer.from(password, 'base64')}`;
      return `Basic ${Buffer.from(plain).toString('base64')}`;
    }
  }
  return undefined;
}

async function authoritiesOf(settings: Settings): Promise<readonly string[]> {
  const file = settings.get('cafile');
  const inline = settings.get('ca');
  const texts = inline === undefined ? [] : [inline.replaceAll('\\n', '\n')];
  if (file !== undefined) texts.push(await readFile(file, 'utf8').catch(() => ''));
  return texts.filter((text) => text.includes('BEGIN CERTIFICATE'));
}

function withProxies(settings: Settings, environment: Environment): Environment {
  const proxy = settings.get('https-proxy') ?? settings.get('proxy');
  const plain = settings.get('proxy');
  const none = settings.get('noproxy');
  return {
    ...environment,
    ...(proxy === undefined ? {} : { HTTPS_PROXY: proxy }),
    ...(plain === undefined ? {} : { HTTP_PROXY: plain }),
    ...(none === undefined ? {} : { NO_PROXY: none }),
  };
}
