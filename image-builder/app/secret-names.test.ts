import { expect, it } from 'vitest';
import { looksSecret } from './secret-names.ts';

it.each([
  '.env',
  'a/.env.production',
  'id_rsa',
  'keys/id_ed25519',
  'tls/server.KEY',
  'cert.pem',
  'store.p12',
  'credentials',
  '.aws/credentials',
  'credentials.json',
  'aws-credentials.csv',
  'secrets.yaml',
  'client_secret.json',
  'service-account-prod.json',
  '.npmrc',
  '.netrc',
  '.git-credentials',
  '.docker/config.json',
  'home/.kube/config',
  '.ssh/config',
  'terraform.tfstate',
])('looksSecret() finds %s', (path) => {
  expect(looksSecret(path)).toBe(true);
});

it.each([
  '.env.example',
  'id_rsa.pub',
  'environment.js',
  'config.json',
  'docker/config.json',
  'credentials.js.map.txt',
  'keyboard.js',
  'users/secrets.js',
  '.wws/runtimes/wws/python/3.12.0/lib/cacert.pem',
])('looksSecret() lets %s be', (path) => {
  expect(looksSecret(path)).toBe(false);
});
