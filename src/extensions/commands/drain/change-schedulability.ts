import type { Node } from '../../../api/generated/core-v1.ts';
import { parseLabelSelector } from '../../../api/label-selector.ts';
import type { CommandContext, Completion, FlagTable } from '../../../extension-points/commands/contract.ts';
import { messageOf } from '../../../extension-points/commands/errors/error-text.ts';
import { namePrinter } from '../../../extension-points/commands/printers/plain-printers.ts';
import { completeResources } from '../../../extension-points/commands/resources/complete-resources.ts';
import type { ResourceInfo } from '../../../extension-points/commands/resources/contract.ts';
import { findResources } from '../../../extension-points/commands/resources/find-resources.ts';
import { patchObject } from '../../../extension-points/commands/resources/object-requests.ts';
import { type DryRun, dryRunFlag, dryRunSuffix, selectionFlags } from '../../../extension-points/commands/resources/selection-flags.ts';

export const cordonFlags = { 'dry-run': dryRunFlag, selector: selectionFlags.selector } as const satisfies FlagTable;

export type NodesContext = Pick<CommandContext, 'args' | 'cluster' | 'isSet' | 'program' | 'directory' | 'streams' | 'usageError'> & {
  readonly flags: { readonly selector: string };
};

/** The nodes that the line names. Throws for a line that names none, and for what is no node. */
export async function findNodes(context: NodesContext, chunkSize = 0): Promise<readonly ResourceInfo[]> {
  const { flags, cluster } = context;
  const selection = await findResources(context, {
    args: nodeArguments(context),
    namespace: cluster.namespace().name,
    labelSelector: flags.selector,
    singleType: true,
    flattens: true,
    chunkSize,
  });
  const nodes: ResourceInfo[] = [];
  await selection.visit((info) => {
    const { group, version, resource } = info.resource;
    if (group !== '' || resource !== 'nodes')
      throw new Error(`error: expected resource of type node, got ${JSON.stringify(`${group}/${version}, Resource=${resource}`)}`);
    nodes.push(info);
  });
  return nodes;
}

/** Checks what the line names, before anything is asked of a server. */
export function requireNodes({ args, flags, isSet, usageError }: NodesContext, usage: string): void {
  if (args.length === 0 && !isSet('selector')) throw usageError(`USAGE: ${usage} [flags]`);
  if (args.length > 0 && flags.selector !== '') throw usageError('error: cannot specify both a node name and a --selector option');
}

const nodeArguments = ({ args }: NodesContext): readonly string[] =>
  args.length === 0
    ? ['nodes']
    : args.some((word) => word.includes('/'))
      ? args.map((word) => (word.includes('/') ? word : `nodes/${word}`))
      : ['nodes', ...args];

/** Tells what was done to an object. */
export const tell = ({ streams }: Pick<NodesContext, 'streams'>, object: ResourceInfo['object'], operation: string, dryRun: DryRun): void =>
  streams.stdout.write(namePrinter({ operation, suffix: dryRunSuffix(dryRun) }).print(object!));

/** Lets pods come to nodes or keeps them away; goes on after a failure. */
export async function changeSchedulability(
  context: NodesContext,
  nodes: readonly ResourceInfo[],
  { isCordoned, dryRun }: { readonly isCordoned: boolean; readonly dryRun: DryRun },
): Promise<void> {
  const operation = isCordoned ? 'cordoned' : 'uncordoned';
  for (const node of nodes) {
    const { spec } = node.object as unknown as Node;
    if ((spec?.unschedulable ?? false) === isCordoned) {
      tell(context, node.object, `already ${operation}`, dryRun);
      continue;
    }
    try {
      const patch = { format: 'strategic', body: { spec: { unschedulable: isCordoned ? true : null } } } as const;
      if (dryRun !== 'client') await patchObject(context.cluster.client(), node, patch, { dryRun: dryRun === 'server' });
      tell(context, node.object, operation, dryRun);
    } catch (error) {
      const message = messageOf(error).replace(/^Error from server(?: \([^)]*\))?: /, '');
      context.streams.stderr.write(`error: unable to ${isCordoned ? 'cordon' : 'uncordon'} node ${JSON.stringify(node.name)}: ${message}\n`);
    }
  }
}

export function checkPodSelector(text: string): void {
  try {
    parseLabelSelector(text);
  } catch (error) {
    throw new Error('--pod-selector=<pod_selector> must be a valid label selector', { cause: error });
  }
}

export const completeNodes = (context: Pick<CommandContext, 'args' | 'cluster'>, toComplete: string): Promise<Completion> =>
  completeResources({ args: ['nodes', ...context.args], cluster: context.cluster }, toComplete);
