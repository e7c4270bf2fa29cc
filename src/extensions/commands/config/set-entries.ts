import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import type { CommandContext } from '../../../extension-points/commands/contract.ts';
import { defineCommand } from '../../../extension-points/commands/contract.ts';
import { deriveContext } from '../../../extension-points/commands/derive-context.ts';
import { completeFirstName } from '../../../extension-points/commands/resources/complete-kubeconfig-names.ts';
import { completeNames } from '../../../extension-points/commands/resources/complete-resources.ts';
import { editEntry, entryOf, type Fields, mergedConfig } from './kubeconfig-edit.ts';
import { unexpectedArguments } from './unexpected-arguments.ts';

const text = (description: string) => ({ type: 'string', description }) as const;

export const setCluster = defineCommand({
  name: 'set-cluster',
  short: 'Set a cluster entry in kubeconfig',
  long: 'Set a cluster entry in kubeconfig. Of an entry that exists already, fields that are not given stay.',
  usage:
    'set-cluster NAME [--server=server] [--certificate-authority=path/to/certificate/authority] [--insecure-skip-tls-verify=true] [--tls-server-name=example.com]',
  examples: `# Set the server of the cluster e2e
$PROGRAM config set-cluster e2e --server=https://1.2.3.4

# Keep its authority in the file
$PROGRAM config set-cluster e2e --embed-certs --certificate-authority=ca.crt`,
  flags: {
    'certificate-authority': text("File with the certificate of the cluster's authority."),
    'embed-certs': { type: 'boolean', description: 'Put the certificate itself into the kubeconfig.' },
    'insecure-skip-tls-verify': { type: 'boolean', description: "Do not check the server's certificate." },
    'proxy-url': text('The proxy to reach the cluster through.'),
    server: text('The address of the cluster.'),
    'tls-server-name': text("The name that the server's certificate must bear."),
  },
  run(context) {
    const { args, flags, isSet, streams } = context;
    const [name = ''] = args;
    if (args.length !== 1) throw unexpectedArguments(context, setCluster);
    if (name === '') throw new Error('you must specify a non-empty cluster name');
    const authority = flags['certificate-authority'];
    if (flags['insecure-skip-tls-verify'] && authority !== '') throw new Error('you cannot specify a certificate authority and insecure mode at the same time');
    if (flags['embed-certs']) requireFile(context, 'certificate-authority', authority);
    editEntry(context, 'clusters', name, (fields, kubeconfig) => {
      for (const field of ['server', 'tls-server-name', 'proxy-url'] as const) if (isSet(field)) put(fields, field, flags[field]);
      if (isSet('insecure-skip-tls-verify')) {
        put(fields, 'insecure-skip-tls-verify', flags['insecure-skip-tls-verify']);
        if (flags['insecure-skip-tls-verify']) for (const field of ['certificate-authority', 'certificate-authority-data']) delete fields[field];
      }
      if (isSet('certificate-authority')) {
        putFile(fields, 'certificate-authority', authority, deriveContext(context, { kubeconfig, isEmbedded: flags['embed-certs'] }));
        delete fields['insecure-skip-tls-verify'];
      }
    });
    streams.stdout.write(`Cluster ${JSON.stringify(name)} set.\n`);
  },
});

export const setContext = defineCommand({
  name: 'set-context',
  short: 'Set a context entry in kubeconfig',
  long: 'Set a context entry in kubeconfig. Of an entry that exists already, fields that are not given stay.',
  usage: 'set-context [NAME | --current] [--cluster=cluster_nickname] [--user=user_nickname] [--namespace=namespace]',
  examples: `# Set the user of the context gce
$PROGRAM config set-context gce --user=cluster-admin`,
  complete: completeFirstName('contexts'),
  completeFlag: { namespace: (context, toComplete) => completeNames(context, 'namespaces', toComplete) },
  flags: {
    cluster: text('The cluster of the context.'),
    current: { type: 'boolean', description: 'Change the current context.' },
    namespace: { ...text('The namespace of the context.'), shorthand: 'n' },
    user: text('The user of the context.'),
  },
  run(context) {
    const { args, flags, isSet, streams } = context;
    if (args.length > 1) throw unexpectedArguments(context, setContext);
    const [given = ''] = args;
    if (given === '' && !flags.current) throw new Error('you must specify a non-empty context name or --current');
    if (given !== '' && flags.current) throw new Error('you cannot specify both a context name and --current');
    const config = mergedConfig(context);
    const name = flags.current ? (config['current-context'] ?? '') : given;
    if (name === '') throw new Error('no current context is set');
    const isThere = entryOf(config, 'contexts', name) !== undefined;
    editEntry(context, 'contexts', name, (fields) => {
      for (const field of ['cluster', 'user', 'namespace'] as const) if (isSet(field)) put(fields, field, flags[field]);
      fields['cluster'] ??= '';
      fields['user'] ??= '';
    });
    streams.stdout.write(`Context ${JSON.stringify(name)} ${isThere ? 'modified' : 'created'}.\n`);
  },
});

export const setCredentials = defineCommand({
  name: 'set-credentials',
  short: 'Set a user entry in kubeconfig',
  long: `
    Set a user entry in kubeconfig. Of an entry that exists already, fields that are not given stay.

    A user authenticates with a client certificate (--client-certificate, --client-key), with a token, with a name and password, or through a program (--exec-command).`,
  usage:
    'set-credentials NAME [--client-certificate=path/to/certfile] [--client-key=path/to/keyfile] [--token=bearer_token] [--username=basic_user] [--password=basic_password] [--exec-command=exec_command] [--exec-api-version=exec_api_version] [--exec-arg=arg] [--exec-env=key=value]',
  examples: `# Keep a client certificate in the file
$PROGRAM config set-credentials cluster-admin --client-certificate=admin.crt --client-key=admin.key --embed-certs=true

# Get credentials from a program
$PROGRAM config set-credentials cluster-admin --exec-command=/path/to/program --exec-api-version=client.authentication.k8s.io/v1`,
  flags: {
    'auth-provider': text('The auth provider of the user.'),
    'auth-provider-arg': { type: 'list', description: 'KEY=VALUE for the auth provider; KEY- takes one away.' },
    'client-certificate': text('File with the client certificate.'),
    'client-key': text('File with its key.'),
    'embed-certs': { type: 'boolean', description: 'Put certificate and key themselves into the kubeconfig.' },
    'exec-api-version': text('The version of the API that the program speaks.'),
    'exec-arg': { type: 'list', description: 'An argument for the program; replaces those there are.' },
    'exec-command': text('The program that gives credentials.'),
    'exec-env': { type: 'array', description: 'KEY=VALUE for the environment of the program; KEY- takes one away.' },
    'exec-interactive-mode': text('Whether the program may ask on the terminal: Never, IfAvailable or Always.'),
    'exec-provide-cluster-info': { type: 'boolean', description: 'Tell the program about the cluster.' },
    password: text('Password for basic authentication.'),
    token: text('Bearer token.'),
    username: text('User for basic authentication.'),
  },
  run(context) {
    const { args, flags, isSet, streams } = context;
    const [name = ''] = args;
    if (args.length !== 1) throw unexpectedArguments(context, setCredentials);
    if (name === '') throw new Error('you must specify a non-empty user name');
    const mode = flags['exec-interactive-mode'];
    if (isSet('exec-interactive-mode') && !interactiveModes.includes(mode))
      throw new Error(`invalid interactive mode type, can be only ${interactiveModes.join(', ')}`);
    const methods = [...(flags.token === '' ? [] : ['--token']), ...(flags.username !== '' || flags.password !== '' ? ['--username/--password'] : [])];
    if (methods.length > 1) throw new Error(`you cannot specify more than one authentication method at the same time: ${methods.join(', ')}`);
    if (flags['embed-certs']) {
      if (flags['client-certificate'] === '' && flags['client-key'] === '') throw new Error('you must specify a --client-certificate or --client-key to embed');
      for (const field of ['client-certificate', 'client-key'] as const) if (flags[field] !== '') requireFile(context, field, flags[field]);
    }
    editEntry(context, 'users', name, (fields, kubeconfig) => {
      for (const field of ['client-certificate', 'client-key'] as const)
        if (isSet(field)) putFile(fields, field, flags[field], deriveContext(context, { kubeconfig, isEmbedded: flags['embed-certs'] }));
      for (const field of ['token', 'username', 'password'] as const) if (isSet(field)) put(fields, field, flags[field]);
      // One way to tell who somebody is replaces the other.
      if (flags.token !== '') for (const field of ['username', 'password']) delete fields[field];
      if (flags.username !== '' || flags.password !== '') delete fields['token'];
      if (isSet('auth-provider') || fields['auth-provider']) setProvider(fields, flags['auth-provider'], flags['auth-provider-arg']);
      setExec(context, fields);
    });
    streams.stdout.write(`User ${JSON.stringify(name)} set.\n`);
  },
});

const interactiveModes: readonly string[] = ['IfAvailable', 'Never', 'Always'];

function setProvider(fields: Fields, name: string, pairs: readonly string[]): void {
  const before = fields['auth-provider'] as { readonly name?: string; readonly config?: Readonly<Record<string, string>> | null } | undefined;
  const isSame = name === '' || before?.name === name;
  const config = new Map(Object.entries((isSame && before?.config) || {}));
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    if (equals > 0) config.set(pair.slice(0, equals), pair.slice(equals + 1));
    else if (pair.endsWith('-')) config.delete(pair.slice(0, -1));
    else throw new Error(`invalid auth-provider-arg format: ${pair}`);
  }
  fields['auth-provider'] = { config: config.size > 0 ? Object.fromEntries(config) : null, name: name || (before?.name ?? '') };
}

function setExec({ flags, isSet }: Pick<CommandContext, 'flags' | 'isSet'>, fields: Fields): void {
  const values = flags as Readonly<Record<string, unknown>>;
  if (isSet('exec-command'))
    fields['exec'] = { command: values['exec-command'], args: null, env: null, provideClusterInfo: false, interactiveMode: 'IfAvailable' };
  const exec = fields['exec'] as Fields | undefined;
  if (!exec) return;
  if (isSet('exec-api-version')) exec['apiVersion'] = values['exec-api-version'];
  if (isSet('exec-arg')) exec['args'] = values['exec-arg'];
  if (isSet('exec-interactive-mode')) exec['interactiveMode'] = values['exec-interactive-mode'];
  if (isSet('exec-provide-cluster-info')) exec['provideClusterInfo'] = values['exec-provide-cluster-info'];
  const env = new Map(((exec['env'] ?? []) as { name: string; value: string }[]).map(({ name, value }) => [name, value]));
  for (const pair of (values['exec-env'] ?? []) as readonly string[]) {
    const equals = pair.indexOf('=');
    if (equals > 0) env.set(pair.slice(0, equals), pair.slice(equals + 1));
    else if (pair.endsWith('-')) env.delete(pair.slice(0, -1));
  }
  if (env.size > 0) exec['env'] = [...env].map(([name, value]) => ({ name, value }));
}

/** Empty and false are as good as nothing. */
function put(fields: Fields, name: string, value: unknown): void {
  if (value === '' || value === false) delete fields[name];
  else fields[name] = value;
}

interface FilePlace {
  readonly directory: string;
  /** The file that the path is written to. */
  readonly kubeconfig: string;
  readonly isEmbedded: boolean;
}

/** What the file holds, or its path: from the kubeconfig on where it lies beside or below it, else absolute. The other of the two goes. */
function putFile(fields: Fields, name: string, path: string, { directory, kubeconfig, isEmbedded }: FilePlace): void {
  delete fields[name];
  delete fields[`${name}-data`];
  if (path === '') return;
  const file = resolve(directory, path);
  if (isEmbedded) fields[`${name}-data`] = readFileSync(file).toString('base64');
  else {
    const fromKubeconfig = relative(dirname(resolve(directory, kubeconfig)), file);
    fields[name] = fromKubeconfig.startsWith('../') ? file : fromKubeconfig;
  }
}

function requireFile({ directory }: Pick<CommandContext, 'directory'>, flag: string, path: string): void {
  if (path === '') throw new Error(`you must specify a --${flag} to embed`);
  try {
    readFileSync(isAbsolute(path) ? path : join(directory, path));
  } catch {
    throw new Error(`could not stat ${flag} file ${path}: stat ${path}: no such file or directory`);
  }
}
