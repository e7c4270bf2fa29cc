import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { ApiError } from '../../../api/status.ts';
import type { CommandContext } from '../../../extension-points/commands/contract.ts';
import { type Deletion, deleteObjects, warn } from '../../../extension-points/commands/deletion/delete-objects.ts';
import { propagationPolicyOf } from '../../../extension-points/commands/deletion/deletion-flags.ts';
import { sendRaw } from '../../../extension-points/commands/raw/send-raw.ts';
import type { ResourceInfo, ResourceQuery } from '../../../extension-points/commands/resources/contract.ts';
import { fileSourcesOf } from '../../../extension-points/commands/resources/file-sources.ts';
import { findResources } from '../../../extension-points/commands/resources/find-resources.ts';
import { dryRunOf } from '../../../extension-points/commands/resources/selection-flags.ts';
import { checkDeleteFlags, type deleteFlags, gracePeriodOf } from './delete-flags.ts';

type DeleteContext = CommandContext<typeof deleteFlags>;

/** What `delete` does. */
export async function runDelete(context: DeleteContext): Promise<void> {
  const { args, flags, cluster, streams } = context;
  const propagationPolicy = propagationPolicyOf(flags.cascade, streams.stderr);
  const files = fileSourcesOf(flags);
  const namespace = cluster.namespace();
  const gracePeriodSeconds = gracePeriodOf(flags);
  const dryRun = dryRunOf(flags['dry-run']);
  const choosesMany = flags.all || flags.selector !== '' || flags['field-selector'] !== '';
  const ignoresMissing = flags['ignore-not-found'] || (choosesMany && !context.isSet('ignore-not-found'));
  const check = (): void => checkDeleteFlags(flags, gracePeriodSeconds, (text) => warn(streams.stderr, text));
  if (flags.raw !== '') {
    check();
    return sendRaw(context, { method: 'DELETE', path: flags.raw, file: flags.filename[0] });
  }
  const query: ResourceQuery = {
    args,
    files,
    namespace: namespace.name,
    requiresNamespace: namespace.isExplicit,
    labelSelector: flags.selector,
    fieldSelector: flags['field-selector'],
    selectsAll: flags.all,
    allNamespaces: flags['all-namespaces'],
    flattens: true,
    continuesOnError: true,
    withoutObjects: true,
    ...(ignoresMissing ? { ignores: (error: unknown) => error instanceof ApiError && error.reason === 'NotFound' } : {}),
  };
  const selection = await findResources(context, query);
  check();
  const agreed = flags.interactive ? await confirm(context, query) : undefined;
  if (flags.interactive && !agreed) return;
  const deletion: Deletion = {
    propagationPolicy,
    gracePeriodSeconds,
    waits: flags.wait,
    timeoutMs: flags.timeout,
    dryRun,
    output: flags.output,
    warnsOfClusterScope: namespace.isExplicit && !flags['all-namespaces'],
    ...(agreed ? { chooses: (info) => agreed.has(keyOf(info)) } : {}),
  };
  await deleteObjects(context, selection, deletion);
}

/** Shows what would go and asks; answers what was agreed to, undefined for nothing. */
async function confirm(context: DeleteContext, query: ResourceQuery): Promise<ReadonlySet<string> | undefined> {
  const { stdin, stdout } = context.streams;
  const infos: ResourceInfo[] = [];
  await (await findResources(context, query)).visit((info) => void infos.push(info));
  if (infos.length === 0) {
    stdout.write('No resources found\n');
    return undefined;
  }
  stdout.write(`You are about to delete the following ${infos.length} resource(s):\n${infos.map(nameLine).join('')}Do you want to continue? (y/N): `);
  if ((await firstLine(stdin.stream)).trim().toLowerCase() === 'y') return new Set(infos.map(keyOf));
  stdout.write('deletion is cancelled\n');
  return undefined;
}

const keyOf = ({ resource, namespace = '', name }: ResourceInfo): string => `${resource.group}/${resource.resource}/${namespace}/${name}`;
const nameLine = ({ resource: { kind, group }, name }: ResourceInfo): string => `${kind.toLowerCase()}${group === '' ? '' : `.${group}`}/${name}\n`;

async function firstLine(input: Readable): Promise<string> {
  // The objects themselves have come from there.
  if (input.readableEnded) return '';
  const lines = createInterface({ input });
  try {
    for await (const line of lines) return line;
    return '';
  } finally {
    lines.close();
  }
}
