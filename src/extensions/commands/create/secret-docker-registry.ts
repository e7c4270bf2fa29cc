import { compactJson, inOwnOrder } from '../../../extension-points/commands/printers/json-text.ts';
import { defineGenerator } from './generator.ts';
import { filePairs } from './key-sources.ts';
import { appendHashFlag, secretFailure, secretParts, secretType } from './secret-content.ts';

const key = '.dockerconfigjson';

export const createDockerRegistrySecretCommand = defineGenerator({
  name: 'docker-registry',
  short: 'Create a secret for use with a Docker registry',
  long: `
    Create a secret with which images are pulled from a registry that asks who wants them.

    It holds what "docker login SERVER --username=USER --password=PASSWORD" keeps in ~/.docker/config.json. Nodes use it for pods that name it, and for those of a service account that does.`,
  examples: `
    # Of a user and a password
    $PROGRAM create secret docker-registry my-secret --docker-server=DOCKER_REGISTRY_SERVER --docker-username=DOCKER_USER --docker-password=DOCKER_PASSWORD --docker-email=DOCKER_EMAIL

    # Of a file
    $PROGRAM create secret docker-registry my-secret --from-file=path/to/.docker/config.json`,
  usage:
    'docker-registry NAME --docker-username=user --docker-password=password --docker-email=email [--docker-server=string] [--from-file=[key=]source] [--dry-run=server|client|none]',
  flags: {
    ...appendHashFlag,
    'docker-email': { type: 'string', description: 'The e-mail address of the user.' },
    'docker-password': { type: 'string', description: 'The password of the user.' },
    'docker-server': { type: 'string', default: 'https://index.docker.io/v1/', description: 'The registry.' },
    'docker-username': { type: 'string', description: 'The user.' },
    'from-file': { type: 'list', description: `A file as docker keeps it; its key is ${key} unless another one stands in front.` },
  },
  type: secretType,
  failure: secretFailure,
  generate({ flags, directory }, name) {
    const [username, password, email, server] = [flags['docker-username'], flags['docker-password'], flags['docker-email'], flags['docker-server']];
    const files = flags['from-file'];
    if (name === '') throw new Error('name must be specified');
    if (files.length === 0 && (username === '' || password === '' || server === ''))
      throw new Error('either --from-file or the combination of --docker-username, --docker-password and --docker-server is required');
    const pairs =
      files.length > 0
        ? files.flatMap((source) => filePairs(source.includes('=') ? source : `${key}=${source}`, directory))
        : [[key, Buffer.from(configuration({ username, password, email, server }))] as const];
    return secretParts(name, pairs, { type: 'kubernetes.io/dockerconfigjson', appendsHash: flags['append-hash'] });
  },
});

function configuration({ username, password, email, server }: Readonly<Record<'username' | 'password' | 'email' | 'server', string>>): string {
  const auth = Buffer.from(`${username}:${password}`).toString('base64');
  const entry = { [inOwnOrder]: true, username, password, ...(email === '' ? {} : { email }), auth };
  return compactJson({ auths: { [server]: entry } });
}
