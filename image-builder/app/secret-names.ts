/** Names that files with secrets have. */
const SECRETS: readonly RegExp[] = [
  /^\.env(\..+)?$/,
  /^id_(rsa|dsa|ecdsa|ed25519)(_sk)?$/,
  /\.(pem|key|p12|pfx|ppk|jks|keystore|kdbx)$/,
  /^\.?(aws|gcloud|docker)?-?credentials(\.[^.]+)?$/,
  /^(client_?secrets?|secrets?)\.(json|ya?ml|toml|txt)$/,
  /^service[-_]?account.*\.json$/,
  /^\.(npmrc|pypirc|netrc|pgpass|htpasswd|git-credentials|dockercfg|dockerconfigjson)$/,
  /^(kubeconfig|htpasswd)$/,
  /\.tfstate(\.backup)?$/,
];

/** Whole paths of which the name alone says nothing. */
const SECRET_PATHS = /(^|\/)(\.docker\/config\.json|\.kube\/config|\.aws\/config|\.ssh\/.+)$/;

/** Made to be shown: `.env.example`, and the half of a key that is public. */
const SHOWN = /(\.(example|sample|template|dist)|\.pub)$/;

/** Certificates that come with a language are nobody's secret. */
const INSTALLED = /^\.wws\/runtimes\//;

/** Whether a file looks like one with secrets, by its path. */
export function looksSecret(path: string): boolean {
  const lower = path.toLowerCase();
  const name = lower.slice(lower.lastIndexOf('/') + 1);
  if (INSTALLED.test(path) || SHOWN.test(name)) return false;
  return SECRET_PATHS.test(lower) || SECRETS.some((pattern) => pattern.test(name));
}
