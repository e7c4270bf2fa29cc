import { isDeepStrictEqual } from 'node:util';
import type { Deployment } from '../../../api/generated/apps-v1.ts';
import type { PodTemplateSpec } from '../../../api/generated/core-v1.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { type Command, type CommandContext, defineCommand, type FlagTable } from '../../../extension-points/commands/contract.ts';
import { lastAppliedAnnotation } from '../../../extension-points/commands/last-applied/last-applied.ts';
import { createPrinter, outputFlags } from '../../../extension-points/commands/printers/output-flags.ts';
import { qualifiedKind } from '../../../extension-points/commands/printers/plain-printers.ts';
import type { ResourceInfo } from '../../../extension-points/commands/resources/contract.ts';
import { patchObject } from '../../../extension-points/commands/resources/object-requests.ts';
import { type DryRun, dryRunFlag, dryRunOf, dryRunSuffix } from '../../../extension-points/commands/resources/selection-flags.ts';
import { completeRollouts, findFlags, findRollouts, requireResource } from './find-rollouts.ts';
import { requireRevisions } from './require-revisions.ts';
import { type Revision, revisionAnnotation, revisionsOf } from './revisions.ts';
import type { RolloutParts } from './rollout-command.ts';

const undoFlags = {
  ...findFlags,
  ...outputFlags,
  'dry-run': dryRunFlag,
  'to-revision': { type: 'integer', description: 'The revision to go back to; 0 for the one before this.' },
} as const satisfies FlagTable;

type UndoContext = CommandContext<typeof undoFlags>;

export const createUndoCommand = (parts: RolloutParts): Command =>
  defineCommand({
    name: 'undo',
    short: 'Undo a previous rollout',
    long: 'Make a workload what it was in an earlier revision.',
    examples: `
      # Back to the revision before
      $PROGRAM rollout undo deployment/abc

      # To a chosen one
      $PROGRAM rollout undo daemonset/abc --to-revision=3

      # Only try it on the server
      $PROGRAM rollout undo --dry-run=server deployment/abc`,
    usage: 'undo (TYPE NAME | TYPE/NAME) [flags]',
    flags: undoFlags,
    complete: completeRollouts,
    async run(context) {
      const { flags, directory, streams } = context;
      const dryRun = dryRunOf(flags['dry-run']);
      context.cluster.namespace();
      requireResource(context);
      const selection = await findRollouts(context);
      await selection.visit(async (info) => {
        warnOfApply(context, info.object!);
        requireRevisions(info.resource, 'rollbacker', 'rollbacker');
        const operation = await undo(context, info, dryRun, parts);
        const printer = await createPrinter(flags, { operation, suffix: dryRunSuffix(dryRun), directory });
        streams.stdout.write(printer.print(info.object!));
      });
    },
  });

function warnOfApply({ streams, program }: UndoContext, object: UntypedObject): void {
  if (object.metadata.annotations?.[lastAppliedAnnotation] === undefined) return;
  streams.stderr.write(
    `Warning: resource ${qualifiedKind(object)}/${object.metadata.name} was previously managed with '${program} apply'. Rolling back will not update the ${lastAppliedAnnotation} annotation, which may cause unexpected behavior on future '${program} apply' operations. Consider using '${program} apply' with your previous configuration file instead.\n`,
  );
}

/** Goes back; answers what was done. */
async function undo({ cluster, flags }: UndoContext, info: ResourceInfo, dryRun: DryRun, parts: RolloutParts): Promise<string> {
  const number = flags['to-revision'];
  const object = info.object!;
  const isDeployment = info.resource.kind === 'Deployment';
  if (number < 0) throw notInHistory(number);
  const target = targetOf(await revisionsOf(cluster.client(), object), number, isDeployment ? object.metadata.name : undefined);
  if (dryRun === 'client') {
    const text = await parts.describePodTemplate(target.template);
    return isDeployment ? text : `will roll back to ${text}`;
  }
  const spec = object['spec'] as NonNullable<Deployment['spec']>;
  if (isDeployment && spec.paused) throw new Error("you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again");
  if (isDeepStrictEqual(comparable(target.template), comparable(spec.template as PodTemplateSpec)))
    return `skipped rollback (current template already matches revision ${number})`;
  const patch = isDeployment
    ? ({ format: 'json', body: deploymentPatch(object, target) } as const)
    : ({ format: 'strategic', body: { spec: { template: { ...target.template, $patch: 'replace' } } } } as const);
  try {
    await patchObject(cluster.client(), info, patch, { dryRun: dryRun === 'server' });
  } catch (error) {
    throw new Error(`failed restoring revision ${number}: ${(error as Error).message}`, { cause: error });
  }
  return 'rolled back';
}

const notInHistory = (number: number): Error => new Error(`unable to find specified revision ${number} in history`);

/** The revision of that number; for 0 the last but one. `deployment` names a deployment. */
function targetOf(revisions: readonly Revision[], number: number, deployment: string | undefined): Revision {
  const target = number === 0 ? revisions.at(-2) : revisions.find((revision) => revision.number === number);
  if (target) return target;
  if (number > 0) throw notInHistory(number);
  throw new Error(deployment === undefined ? 'no last revision to roll back to' : `no rollout history found for deployment ${JSON.stringify(deployment)}`);
}

const hashLabel = 'pod-template-hash';

/** A template without what a controller adds to it. */
function comparable(template: PodTemplateSpec): unknown {
  const { labels, annotations, creationTimestamp: _, ...metadata } = template.metadata ?? {};
  const { [hashLabel]: _hash, ...ownLabels } = labels ?? {};
  const { 'kubernetes.io/change-cause': _cause, ...ownAnnotations } = annotations ?? {};
  return { ...template, metadata: { ...metadata, labels: ownLabels, annotations: ownAnnotations } };
}

/** Annotations of a deployment that stay as they are. */
const ownAnnotations = [
  lastAppliedAnnotation,
  revisionAnnotation,
  'deployment.kubernetes.io/revision-history',
  'deployment.kubernetes.io/desired-replicas',
  'deployment.kubernetes.io/max-replicas',
  'deprecated.deployment.rollback.to',
];

function deploymentPatch(deployment: UntypedObject, { object }: Revision): readonly unknown[] {
  const { template } = object['spec'] as { readonly template: PodTemplateSpec };
  const { [hashLabel]: _, ...labels } = template.metadata?.labels ?? {};
  const isOwn = ([name]: readonly [string, string]): boolean => ownAnnotations.includes(name);
  const annotations = {
    ...Object.fromEntries(Object.entries(object.metadata.annotations ?? {}).filter((entry) => !isOwn(entry))),
    ...Object.fromEntries(Object.entries(deployment.metadata.annotations ?? {}).filter(isOwn)),
  };
  return [
    { op: 'replace', path: '/spec/template', value: { ...template, metadata: { ...template.metadata, labels } } },
    { op: 'replace', path: '/metadata/annotations', value: annotations },
  ];
}
