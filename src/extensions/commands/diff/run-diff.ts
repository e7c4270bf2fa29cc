import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UntypedObject } from '../../../api/object.ts';
import { groupVersion } from '../../../api/resource-type.ts';
import { ApiError } from '../../../api/status.ts';
import type { ServedResource } from '../../../extension-points/commands/discovery/contract.ts';
import { shown } from '../../../extension-points/commands/printers/plain-printers.ts';
import { yamlText } from '../../../extension-points/commands/printers/yaml-text.ts';
import { prunableObjects, prunableResources } from '../../../extension-points/commands/pruning/prunable-objects.ts';
import type { ResourceInfo } from '../../../extension-points/commands/resources/contract.ts';
import { fileSourcesOf, hasSources } from '../../../extension-points/commands/resources/file-sources.ts';
import { findResources } from '../../../extension-points/commands/resources/find-resources.ts';
import { getObject } from '../../../extension-points/commands/resources/object-requests.ts';
import { compareDirectories } from './compare-directories.ts';
import type { DiffContext } from './diff-command.ts';
import { maskSecrets } from './mask-secrets.ts';
import { mergedObject } from './merged-object.ts';

const attempts = 4;

/** What `diff` does: writes what is and what would be into two directories and has a program compare them. Answers the exit code. */
export async function runDiff(context: DiffContext): Promise<number> {
  const { args, flags, cluster } = context;
  if (args.length > 0) throw context.usageError(`Unexpected args: [${args.join(' ')}]`);
  const files = fileSourcesOf(flags);
  if (!hasSources(files)) throw new Error('must specify one of -f and -k');
  if (flags['force-conflicts'] && !flags['server-side']) throw new Error('--force-conflicts only works with --server-side');
  const prunable = flags.prune ? await prunableResources(cluster.mapper(), flags['prune-allowlist']) : undefined;
  const namespace = cluster.namespace();
  const live = mkdtempSync(join(tmpdir(), 'LIVE-'));
  const merged = mkdtempSync(join(tmpdir(), 'MERGED-'));
  try {
    const selection = await findResources(context, {
      files,
      namespace: namespace.name,
      requiresNamespace: namespace.isExplicit,
      labelSelector: flags.selector,
      flattens: true,
    });
    const seen: ResourceInfo[] = [];
    await selection.visit(async (info) => {
      const current = await writeBoth(context, info, { live, merged });
      seen.push({ ...info, object: current });
    });
    if (prunable) await writePrunable(context, prunable, seen, live);
    return await compareDirectories(context, live, merged);
  } finally {
    rmSync(live, { recursive: true, force: true });
    rmSync(merged, { recursive: true, force: true });
  }
}

/** An object that changes meanwhile is looked at again; in the end as it is. Answers it as it is on the server. */
async function writeBoth(context: DiffContext, info: ResourceInfo, directories: { live: string; merged: string }): Promise<UntypedObject | undefined> {
  const { cluster, flags, streams } = context;
  for (let attempt = 1; ; attempt++) {
    const current = await getObject(cluster.client(), info).catch((error: unknown) => {
      if (error instanceof ApiError && error.reason === 'NotFound') return undefined;
      throw error;
    });
    try {
      const wanted = await mergedObject(context, info, current, { isLocked: attempt < attempts });
      const options = { showsManagedFields: flags['show-managed-fields'] };
      const pair = { from: current && shown(current, options), to: shown(wanted, options) };
      const { from, to } = flags['show-secrets'] ? pair : maskSecrets(pair);
      const name = fileName(info.resource, info);
      writeObject(join(directories.live, name), from);
      writeObject(join(directories.merged, name), to);
    } catch (error) {
      if (!(error instanceof ApiError) || error.reason !== 'Conflict' || attempt === attempts) throw error;
      continue;
    }
    if (current?.metadata.deletionTimestamp) streams.stderr.write(`Warning: Detected changes to resource ${info.name} which is currently being deleted.\n`);
    return current;
  }
}

async function writePrunable(
  { cluster, flags }: DiffContext,
  resources: readonly ServedResource[],
  seen: readonly ResourceInfo[],
  live: string,
): Promise<void> {
  const namespaces = new Set(seen.flatMap(({ resource, namespace }) => (resource.namespaced && namespace !== undefined ? [namespace] : [])));
  const uids = new Set(seen.map(({ object }) => object?.metadata.uid ?? ''));
  for await (const { resource, object } of prunableObjects(cluster.client(), { resources, namespaces, labelSelector: flags.selector, uids }))
    writeObject(join(live, fileName(resource, object.metadata)), object);
}

const fileName = (resource: ServedResource, { namespace = '', name = '' }: { readonly namespace?: string | undefined; readonly name?: string }): string =>
  `${groupVersion(resource).replace('/', '.')}.${resource.kind}.${namespace}.${name}`;

/** An object that is not there is an empty file. */
function writeObject(path: string, object: UntypedObject | undefined): void {
  writeFileSync(path, object ? yamlText(object) : '');
  chmodSync(path, 0o700);
}
