import { readFileSync } from 'node:fs';
import type { Kubeconfig } from '../../../client/kubeconfig.ts';
import { loadKubeconfig } from '../../../client/kubeconfig.ts';
import { defineCommand } from '../../../extension-points/commands/contract.ts';
import { createPrinter, outputFlags } from '../../../extension-points/commands/printers/output-flags.ts';
import { entryOf, type Fields, mergedConfig, type Section, sections } from './kubeconfig-edit.ts';

export const viewConfig = defineCommand({
  name: 'view',
  short: 'Display merged kubeconfig settings or a specified kubeconfig file',
  long: `
    Display what the kubeconfig files say together, or one of them.

    Secrets are left out unless --raw asks for them. With --output a part can be picked: -o jsonpath=...`,
  usage: 'view [flags]',
  examples: `
    # What all files say together
    $PROGRAM config view

    # With certificates and secrets
    $PROGRAM config view --raw

    # The password of a user
    $PROGRAM config view -o jsonpath='{.users[?(@.name == "e2e")].user.password}'`,
  flags: {
    ...outputFlags,
    output: { ...outputFlags.output, default: 'yaml' },
    flatten: { type: 'boolean', description: 'Put what files hold that are named into the output, so that it needs none.' },
    merge: { type: 'boolean', default: true, description: 'Merge the kubeconfig files.' },
    minify: { type: 'boolean', description: 'Leave out what the current context does not use.' },
    raw: { type: 'boolean', description: 'Show certificates and secrets.' },
  },
  async run(context) {
    const { args, flags, cluster, streams, directory, usageError } = context;
    if (args.length > 0) throw usageError(`unexpected arguments: [${args.join(' ')}]`);
    const files = cluster.kubeconfig();
    if (!flags.merge && !files.isExplicit) throw new Error('if merge==false a precise file must be specified');
    let config = flags.flatten ? loadKubeconfig(files.paths) : mergedConfig(context);
    const wanted = cluster.globalFlag('context');
    if (flags.minify && typeof wanted === 'string' && wanted !== '') config['current-context'] = wanted;
    if (flags.minify) config = minified(config);
    if (flags.flatten) flatten(config);
    else if (!flags.raw) redact(config);
    const shown = ordered(config);
    if (flags.output === 'json') streams.stdout.write(`${JSON.stringify(shown, undefined, 4)}\n`);
    else streams.stdout.write((await createPrinter({ ...flags, 'show-managed-fields': true }, { directory })).print(shown as never));
  },
});

function minified(config: Kubeconfig): Kubeconfig {
  const name = config['current-context'] ?? '';
  if (name === '') throw new Error('current-context must exist in order to minify');
  const context = entryOf(config, 'contexts', name) as { cluster?: string; user?: string } | undefined;
  if (!context) throw new Error(`cannot locate context ${name}`);
  return {
    ...config,
    clusters: config.clusters.filter((entry) => entry.name === context.cluster),
    users: config.users.filter((entry) => entry.name === context.user),
    contexts: config.contexts.filter((entry) => entry.name === name),
  };
}

const files: readonly (readonly [section: Section, path: string, data: string])[] = [
  ['clusters', 'certificate-authority', 'certificate-authority-data'],
  ['users', 'client-certificate', 'client-certificate-data'],
  ['users', 'client-key', 'client-key-data'],
];

function flatten(config: Kubeconfig): void {
  for (const [section, pathField, dataField] of files)
    for (const fields of contentsOf(config, section)) {
      const path = fields[pathField];
      if (typeof path !== 'string' || path === '') continue;
      fields[dataField] = contentOf(path);
      delete fields[pathField];
    }
}

function contentOf(path: string): string {
  try {
    return readFileSync(path).toString('base64');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(code === 'ENOENT' ? `open ${path}: no such file or directory` : message, { cause: error });
  }
}

function redact(config: Kubeconfig): void {
  for (const [section, , dataField] of files) for (const fields of contentsOf(config, section)) if (fields[dataField]) fields[dataField] = 'DATA+OMITTED';
  for (const fields of contentsOf(config, 'users')) for (const secret of ['token', 'password']) if (fields[secret]) fields[secret] = 'REDACTED';
}

const contentsOf = (config: Kubeconfig, section: Section): Fields[] =>
  (config[section] as unknown as Record<string, Fields>[]).map((entry) => entry[sections[section]]!);

const fieldOrder: Readonly<Record<Section, readonly string[]>> = {
  clusters: [
    'server',
    'tls-server-name',
    'insecure-skip-tls-verify',
    'certificate-authority',
    'certificate-authority-data',
    'proxy-url',
    'disable-compression',
  ],
  users: [
    'client-certificate',
    'client-certificate-data',
    'client-key',
    'client-key-data',
    'token',
    'tokenFile',
    'as',
    'as-uid',
    'as-groups',
    'as-user-extra',
  ].concat(['username', 'password', 'auth-provider', 'exec']),
  contexts: ['cluster', 'user', 'namespace'],
};

/** In the order in which upstream's types stand, entries by name; a list without entries is null. */
function ordered(config: Kubeconfig): Fields {
  const list = (section: Section): Fields[] | null => {
    const entries = [...(config[section] as { name: string }[])].sort((left, right) => (left.name < right.name ? -1 : 1));
    if (entries.length === 0) return null;
    return entries.map((entry) => ({
      name: entry.name,
      [sections[section]]: inOrder((entry as unknown as Record<string, Fields>)[sections[section]]!, fieldOrder[section]),
    }));
  };
  const preferences = config['preferences'] as Fields | undefined;
  return {
    kind: 'Config',
    apiVersion: 'v1',
    ...(preferences && Object.keys(preferences).length > 0 ? { preferences } : {}),
    clusters: list('clusters'),
    users: list('users'),
    contexts: list('contexts'),
    'current-context': config['current-context'] ?? '',
  };
}

function inOrder(fields: Fields, order: readonly string[]): Fields {
  const names = [...order.filter((name) => name in fields), ...Object.keys(fields).filter((name) => !order.includes(name))];
  const isEmpty = (value: unknown): boolean => value === '' || value === false || value === null || value === undefined;
  return Object.fromEntries(
    names
      .filter((name) => !isEmpty(fields[name]) || ['server', 'cluster', 'user'].includes(name))
      .map((name) => [name, name === 'extensions' ? extensionsInOrder(fields[name]) : fields[name]]),
  );
}

const extensionsInOrder = (extensions: unknown): unknown =>
  Array.isArray(extensions) ? extensions.map((entry: Fields | null) => entry && inOrder(entry, ['name', 'extension'])) : extensions;
