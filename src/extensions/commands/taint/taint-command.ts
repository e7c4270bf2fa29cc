import type { Taint } from '../../../api/generated/core-v1.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { fieldManagerFlag, fieldValidationOf, validateFlag } from '../../../extension-points/commands/changes/change-flags.ts';
import { strategicPatch } from '../../../extension-points/commands/changes/strategic-patch.ts';
import { type CommandContext, defineCommand } from '../../../extension-points/commands/contract.ts';
import type { ServedResource } from '../../../extension-points/commands/discovery/contract.ts';
import { ExitCode } from '../../../extension-points/commands/errors/command-errors.ts';
import { createPrinter, outputFlags } from '../../../extension-points/commands/printers/output-flags.ts';
import { completeResources } from '../../../extension-points/commands/resources/complete-resources.ts';
import type { ResourceInfo, ResourceSelection } from '../../../extension-points/commands/resources/contract.ts';
import { findResources } from '../../../extension-points/commands/resources/find-resources.ts';
import { patchObject } from '../../../extension-points/commands/resources/object-requests.ts';
import { dryRunFlag, dryRunOf, selectionFlags } from '../../../extension-points/commands/resources/selection-flags.ts';
import { changeTaints } from './change-taints.ts';
import { parseTaints, refuseContradictions, type TaintChange } from './parse-taints.ts';

const taintFlags = {
  ...outputFlags,
  ...validateFlag,
  ...fieldManagerFlag('kubectl-taint'),
  'dry-run': dryRunFlag,
  selector: selectionFlags.selector,
  all: { type: 'boolean', description: 'All nodes of the cluster.' },
  overwrite: { type: 'boolean', description: 'Give taints that exist already another value, instead of refusing to.' },
} as const;
type TaintContext = CommandContext<typeof taintFlags>;

export const taintCommand = defineCommand({
  name: 'taint',
  group: 'Cluster Management Commands:',
  short: 'Update the taints on one or more nodes',
  long: `
    Give nodes taints, or take some away. A taint keeps pods off a node that do not tolerate it.

    A taint is written KEY=VALUE:EFFECT. The value may be left out; the effect is NoSchedule, PreferNoSchedule or NoExecute. Keys and values are as those of labels.

    Only nodes have taints.`,
  examples: `
    # Give a node a taint; one of the same key and effect must not be there yet
    $PROGRAM taint nodes foo dedicated=special-user:NoSchedule

    # Take away the taint of this key and effect
    $PROGRAM taint nodes foo dedicated:NoSchedule-

    # Take away all taints of a key
    $PROGRAM taint nodes foo dedicated-

    # Nodes with a label
    $PROGRAM taint node -l myLabel=X  dedicated=foo:PreferNoSchedule

    # A taint without a value
    $PROGRAM taint nodes foo bar:NoSchedule`,
  usage: 'taint NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N',
  flags: taintFlags,
  complete: (context, toComplete) => completeResources(context, toComplete, { types: ['node'] }),
  async run(context) {
    const { flags, cluster, usageError } = context;
    cluster.namespace();
    dryRunOf(flags['dry-run']);
    fieldValidationOf(flags.validate);
    const { resources, taints } = splitTaints(context.args);
    let change: TaintChange;
    try {
      change = parseTaints(taints);
    } catch (error) {
      throw usageError(error instanceof Error ? error.message : String(error));
    }
    const selection = await findNodes(context, resources, change);
    await selection.visit((info) => taintOne(context, info, change));
  },
});

function splitTaints(args: readonly string[]): { readonly resources: readonly string[]; readonly taints: readonly string[] } {
  const resources: string[] = [];
  const taints: string[] = [];
  for (const word of args) {
    if (/[=:]/.test(word) || word.endsWith('-')) taints.push(word);
    else if (taints.length === 0) resources.push(word);
    else throw new Error(`all resources must be specified before taint changes: ${word}`);
  }
  if (resources.length === 0) throw new Error('one or more resources must be specified as <resource> <name>');
  if (taints.length === 0) throw new Error('at least one taint update is required');
  return { resources, taints };
}

async function findNodes(context: TaintContext, [type = '', ...names]: readonly string[], change: TaintChange): Promise<ResourceSelection> {
  const { cluster, flags } = context;
  const word = type.toLowerCase();
  if ((await resourceOf(word, cluster)).kind !== 'Node') throw new Error(`invalid resource type ${word}, only node types are supported`);
  refuseContradictions(change);
  if (flags.all && flags.selector !== '') throw new Error("setting 'all' parameter with a non empty selector is prohibited");
  const isBulk = flags.all || flags.selector !== '';
  if (!isBulk && names.length === 0) throw new Error("at least one resource name must be specified since 'all' parameter is not set");
  return findResources(context, {
    args: isBulk ? ['node'] : ['node', ...names],
    namespace: cluster.namespace().name,
    labelSelector: flags.selector,
    selectsAll: flags.all,
    flattens: true,
    latest: true,
    continuesOnError: true,
  });
}

/** This verb tells of an unknown type without the usual "error: " in front. */
const resourceOf = (word: string, cluster: TaintContext['cluster']): Promise<ServedResource> =>
  cluster
    .mapper()
    .resourceFor(word)
    .catch((error: unknown) => {
      const { message } = error as Error;
      throw message.startsWith("the server doesn't have") ? new ExitCode(1, message) : error;
    });

async function taintOne({ cluster, flags, streams, directory }: TaintContext, info: ResourceInfo, change: TaintChange): Promise<void> {
  const dryRun = dryRunOf(flags['dry-run']);
  const node = info.object as UntypedObject & { readonly spec?: { readonly taints?: readonly Taint[] } };
  const { taints, operation } = changeTaints(node.spec?.taints ?? [], change, { node: info.name, overwrite: flags.overwrite });
  const { taints: _, ...spec } = node.spec ?? {};
  const changed: UntypedObject = { ...node, spec: { ...spec, ...(taints.length > 0 ? { taints } : {}) } };
  const printer = await createPrinter(flags, { operation, directory });
  const result = dryRun === 'client' ? changed : await send();
  streams.stdout.write(printer.print(result) + printer.flush());

  function send(): Promise<UntypedObject> {
    const patch = { format: 'strategic', body: strategicPatch(node, changed) ?? {} } as const;
    const fieldValidation = fieldValidationOf(flags.validate);
    return patchObject(cluster.client(), info, patch, { dryRun: dryRun === 'server', fieldManager: flags['field-manager'], fieldValidation });
  }
}
