import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { UntypedObject } from '../../../api/object.ts';
import { ApiError } from '../../../api/status.ts';
import { parseYaml } from '../../../api/yaml.ts';
import { fieldManagerFlag } from '../../../extension-points/commands/changes/change-flags.ts';
import { recorded, recordFlag } from '../../../extension-points/commands/changes/record.ts';
import { type CommandContext, defineCommand } from '../../../extension-points/commands/contract.ts';
import { createPrinter, outputFlags } from '../../../extension-points/commands/printers/output-flags.ts';
import { completeResources } from '../../../extension-points/commands/resources/complete-resources.ts';
import type { ResourceInfo, ResourceSelection } from '../../../extension-points/commands/resources/contract.ts';
import { fileFlags, fileSourcesOf } from '../../../extension-points/commands/resources/file-sources.ts';
import { findResources } from '../../../extension-points/commands/resources/find-resources.ts';
import { patchObject } from '../../../extension-points/commands/resources/object-requests.ts';
import { commonSubresources, dryRunFlag, dryRunOf } from '../../../extension-points/commands/resources/selection-flags.ts';
import { applyPatch, type LocalPatchFormat, patchFormats } from './local-patch.ts';

const patchFlags = {
  ...outputFlags,
  ...recordFlag,
  ...fileFlags('with the objects to change'),
  ...fieldManagerFlag('kubectl-patch'),
  'dry-run': dryRunFlag,
  local: { type: 'boolean', description: 'Change what is in the file rather than what is on the server.' },
  patch: { type: 'string', shorthand: 'p', description: 'The patch, as JSON or YAML.' },
  'patch-file': { type: 'string', description: 'A file with the patch.' },
  subresource: { type: 'string', description: 'Change this sub-resource of the object.', choices: commonSubresources },
  type: { type: 'string', default: 'strategic', description: `What kind of patch it is; one of [${patchFormats.join(' ')}].` },
} as const;
type PatchContext = CommandContext<typeof patchFlags>;

export const patchCommand = defineCommand({
  name: 'patch',
  group: 'Advanced Commands:',
  short: 'Update fields of a resource',
  long: `
    Change fields of objects by a strategic merge patch, a JSON merge patch or a JSON patch, written as JSON or YAML.

    Custom resources know no strategic merge patch.`,
  examples: `
    # A field of a node
    $PROGRAM patch node k8s-node-1 -p '{"spec":{"unschedulable":true}}'

    # The same as YAML
    $PROGRAM patch node k8s-node-1 -p $'spec:\\n unschedulable: true'

    # Of the node that a file names
    $PROGRAM patch -f node.json -p '{"spec":{"unschedulable":true}}'

    # The image of a container: its name says which one, being the key of the list
    $PROGRAM patch pod valid-pod -p '{"spec":{"containers":[{"name":"kubernetes-serve-hostname","image":"new image"}]}}'

    # The image of the first container, by a JSON patch
    $PROGRAM patch pod valid-pod --type='json' -p='[{"op": "replace", "path": "/spec/containers/0/image", "value":"new image"}]'

    # The number of replicas, by the scale sub-resource
    $PROGRAM patch deployment nginx-deployment --subresource='scale' --type='merge' -p '{"spec":{"replicas":2}}'`,
  usage: 'patch (-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE]',
  flags: patchFlags,
  complete: (context, toComplete) => completeResources(context, toComplete),
  completeFlag: { type: (_context, toComplete) => ({ choices: patchFormats.filter((format) => format.startsWith(toComplete)), also: 'nothing' }) },
  async run(context) {
    dryRunOf(context.flags['dry-run']);
    const format = checkFlags(context);
    const patch = readPatch(context);
    const selection = await find(context);
    let count = 0;
    await selection.visit(async (info) => {
      count++;
      await patchOne(context, info, format, patch);
    });
    if (count === 0) throw new Error('no objects passed to patch');
  },
});

function checkFlags({ args, flags }: PatchContext): LocalPatchFormat {
  const { local, patch, type } = flags;
  const file = flags['patch-file'];
  if (patch !== '' && file !== '') throw new Error('cannot specify --patch and --patch-file together');
  if (patch === '' && file === '') throw new Error('must specify --patch or --patch-file containing the contents of the patch');
  if (local && args.length > 0) throw new Error('cannot specify --local and server resources');
  if (local && dryRunOf(flags['dry-run']) === 'server') throw new Error('cannot specify --local and --dry-run=server - did you mean --dry-run=client?');
  const format = patchFormats.find((known) => known === (type === '' ? 'strategic' : type.toLowerCase()));
  if (!format) throw new Error(`--type must be one of [${patchFormats.join(' ')}], not ${JSON.stringify(type)}`);
  return format;
}

function readPatch({ flags, directory }: PatchContext): unknown {
  let text = flags.patch;
  const file = flags['patch-file'];
  if (file !== '') {
    try {
      text = readFileSync(resolve(directory, file), 'utf8');
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw new Error(`unable to read patch file: ${code === 'ENOENT' ? `open ${file}: no such file or directory` : message}`, { cause: error });
    }
  }
  try {
    return parseYaml(text).value;
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).replace('error converting YAML to JSON: ', '');
    throw new Error(`unable to parse ${JSON.stringify(flags.patch)}: ${reason}`, { cause: error });
  }
}

function find(context: PatchContext): Promise<ResourceSelection> {
  const { args, cluster, flags } = context;
  const common = { files: fileSourcesOf(flags), flattens: true, continuesOnError: true };
  if (flags.local) return findResources(context, { ...common, namespace: '', isLocal: true });
  const { name, isExplicit } = cluster.namespace();
  return findResources(context, { ...common, args, namespace: name, requiresNamespace: isExplicit, subresource: flags.subresource });
}

async function patchOne(context: PatchContext, info: ResourceInfo, format: LocalPatchFormat, patch: unknown): Promise<void> {
  const { flags, streams, directory } = context;
  const isSent = !flags.local && dryRunOf(flags['dry-run']) !== 'client';
  const before = info.object!;
  const after = isSent ? await send(context, info, format, patch) : await applyPatch(before, format, patch);
  const operation = isDeepStrictEqual(before, after) ? 'patched (no change)' : 'patched';
  const result = isSent ? await record(context, info, after) : after;
  const printer = await createPrinter(flags, { operation, directory });
  streams.stdout.write(printer.print(result) + printer.flush());
}

const requestOf = (flags: PatchContext['flags']) => ({
  dryRun: dryRunOf(flags['dry-run']) === 'server',
  fieldManager: flags['field-manager'],
  subresource: flags.subresource,
});

async function send({ cluster, flags }: PatchContext, info: ResourceInfo, format: LocalPatchFormat, body: unknown): Promise<UntypedObject> {
  try {
    return await patchObject(cluster.client(), info, { format, body }, requestOf(flags));
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== 'UnsupportedMediaType') throw error;
    const { group, version, kind } = info.resource;
    const mediaType = { json: 'json-patch', merge: 'merge-patch', strategic: 'strategic-merge-patch' }[format];
    throw new Error(`application/${mediaType}+json is not supported by ${group}/${version}, Kind=${kind}: ${error.message}`, { cause: error });
  }
}

/** `--record`: one patch more. */
async function record(context: PatchContext, info: ResourceInfo, object: UntypedObject): Promise<UntypedObject> {
  if (!context.flags.record) return object;
  const { annotations } = recorded(context, object).metadata;
  return patchObject(context.cluster.client(), info, { format: 'merge', body: { metadata: { annotations } } }, requestOf(context.flags));
}
