import { join } from 'node:path';
import type { FlagTable } from '../contract.ts';
import { homeDirectory } from './home-directory.ts';

/** The flags that every command takes: which cluster, as whom, and how patiently. */
export const globalFlags = {
  as: { type: 'string', description: 'Act as this user (or service account: system:serviceaccount:NAMESPACE:NAME).' },
  'as-group': { type: 'array', description: 'Act as a member of this group; may be given more than once.' },
  'as-uid': { type: 'string', description: 'Act as the user with this UID.' },
  'as-user-extra': { type: 'array', description: 'Extra attributes of the user to act as, KEY=VALUE; may be given more than once.' },
  'cache-dir': { type: 'string', default: join(homeDirectory(), '.kube', 'cache'), description: 'Where to keep what was learnt of servers.' },
  'certificate-authority': { type: 'string', description: "File with the certificate of the server's authority." },
  'client-certificate': { type: 'string', description: 'File with the client certificate.' },
  'client-key': { type: 'string', description: 'File with the key of the client certificate.' },
  cluster: { type: 'string', description: 'The cluster of the kubeconfig to use.' },
  color: {
    type: 'string',
    default: 'auto',
    choices: ['auto', 'always', 'never'],
    description: 'Whether to use colours: auto is on terminals, unless NO_COLOR is set.',
  },
  context: { type: 'string', description: 'The context of the kubeconfig to use.' },
  'disable-compression': { type: 'boolean', description: 'Do not ask the server to compress its answers. (None is ever asked for.)' },
  'insecure-skip-tls-verify': { type: 'boolean', description: "Do not check the server's certificate. Anyone could answer in the server's place." },
  kubeconfig: { type: 'string', description: 'The kubeconfig file to use, and no other.' },
  kuberc: {
    type: 'string',
    description: 'File of preferences: aliases, and other defaults for flags. Preferences are turned off by KUBERC=off, or KUBECTL_KUBERC=false.',
  },
  'log-flush-frequency': { type: 'duration', default: 5_000, description: 'Accepted for compatibility: logs are written at once.', isHidden: true },
  'match-server-version': { type: 'boolean', description: 'Refuse to work with a server of another version.' },
  namespace: { type: 'string', shorthand: 'n', description: 'The namespace to work in.' },
  password: { type: 'string', description: 'Password for basic authentication.' },
  'request-timeout': {
    type: 'string',
    default: '0',
    description: 'How long one request may take, with a unit (1s, 2m, 3h). 0 means as long as it needs.',
  },
  server: { type: 'string', shorthand: 's', description: 'The address and port of the API server.' },
  'tls-server-name': { type: 'string', description: "The name that the server's certificate must bear, if it is not that of the address." },
  token: { type: 'string', description: 'Bearer token to authenticate with.' },
  user: { type: 'string', description: 'The user of the kubeconfig to use.' },
  username: { type: 'string', description: 'User for basic authentication.' },
  v: { type: 'integer', shorthand: 'v', description: 'How much to tell of what goes on: 6 and more lists the requests.' },
  vmodule: { type: 'string', defaultText: '', description: 'Accepted for compatibility: there are no modules to log.', isHidden: true },
  'warnings-as-errors': { type: 'boolean', description: 'Exit with a failure when the server sends a warning.' },
} as const satisfies FlagTable;
