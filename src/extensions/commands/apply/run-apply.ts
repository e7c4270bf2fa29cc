import type { UntypedObject } from '../../../api/object.ts';
import { fieldValidationOf } from '../../../extension-points/commands/changes/change-flags.ts';
import { recorded } from '../../../extension-points/commands/changes/record.ts';
import type { CommandContext } from '../../../extension-points/commands/contract.ts';
import { propagationPolicyOf } from '../../../extension-points/commands/deletion/deletion-flags.ts';
import { ManyErrors } from '../../../extension-points/commands/errors/command-errors.ts';
import { createProgress } from '../../../extension-points/commands/progress/progress.ts';
import type { ResourceInfo } from '../../../extension-points/commands/resources/contract.ts';
import { fileSourcesOf, hasSources } from '../../../extension-points/commands/resources/file-sources.ts';
import { findResources } from '../../../extension-points/commands/resources/find-resources.ts';
import { dryRunOf, dryRunSuffix } from '../../../extension-points/commands/resources/selection-flags.ts';
import { type applyFlags, checkApplyFlags, checkPruneFlags } from './apply-flags.ts';
import { applyObjects } from './apply-objects.ts';
import { type ApplyReport, createApplyReport } from './apply-report.ts';
import type { Applied, ApplyWork } from './apply-work.ts';
import { applyOnClient } from './client-side-apply.ts';
import { createCurrentObjects } from './current-objects.ts';
import { applyOnServer } from './server-side-apply.ts';

export type ApplyContext = CommandContext<typeof applyFlags>;

/** What `apply` does, from its flags to the pruning. */
export async function runApply(context: ApplyContext): Promise<void> {
  const { args, flags, cluster, streams, directory } = context;
  if (args.length > 0) throw context.usageError(`Unexpected args: [${args.join(' ')}]`);
  const dryRun = dryRunOf(flags['dry-run']);
  const propagationPolicy = propagationPolicyOf(flags.cascade, streams.stderr);
  const files = fileSourcesOf(flags);
  if (!hasSources(files)) throw new Error('must specify one of -f and -k');
  const fieldValidation = fieldValidationOf(flags.validate);
  const namespace = cluster.namespace();
  const pruning = flags.prune || flags.applyset !== '' ? await import('./prune/pruning.ts') : undefined;
  const plan = await pruning?.createPruning(context, dryRun);
  checkApplyFlags(flags, dryRun);
  await plan?.check();
  checkPruneFlags(flags);
  const report = await createApplyReport(flags, { suffix: dryRunSuffix(dryRun), directory });
  const selection = await findResources(context, {
    files,
    namespace: namespace.name,
    requiresNamespace: namespace.isExplicit,
    labelSelector: flags.selector,
    flattens: true,
    continuesOnError: true,
    validates: fieldValidation !== 'Ignore',
  });
  const { infos, errors } = await selection.all();
  if (infos.length === 0 && errors.length === 0) throw new Error('no objects passed to apply');
  for (const info of infos) info.object = recorded(context, info.object!);
  await plan?.prepare(infos);
  const work: ApplyWork = {
    client: () => cluster.client(),
    clock: context.clock,
    program: context.program,
    dryRun,
    request: {
      dryRun: dryRun === 'server',
      fieldManager: flags['server-side'] && !context.isSet('field-manager') ? 'kubectl' : flags['field-manager'],
      fieldValidation,
    },
    isServerSide: flags['server-side'],
    forcesConflicts: flags['force-conflicts'],
    subresource: flags.subresource,
    overwrites: flags.overwrite,
    replacesByForce: flags.force,
    propagationPolicy,
    gracePeriodSeconds: flags['grace-period'],
    timeoutMs: flags.timeout,
    current: createCurrentObjects(() => cluster.client(), infos),
  };
  const done = await applyAll(context, infos, work, report, errors);
  streams.stdout.write(report.end(done.map(({ object }) => object)));
  await plan?.prune({ infos, uids: new Set(done.map(({ uid }) => uid)), line: (object: UntypedObject) => report.line(object, 'pruned'), work });
}

/** Throws what was wrong with the files and with each object, when all was tried. */
async function applyAll(
  { streams, clock }: ApplyContext,
  infos: readonly ResourceInfo[],
  work: ApplyWork,
  report: ApplyReport,
  problems: readonly unknown[],
): Promise<Applied[]> {
  const done: Applied[] = [];
  const errors = [...problems];
  const progress = createProgress(streams, { total: infos.length, what: 'applied', clock });
  const apply = (info: ResourceInfo): Promise<Applied> => applyOne(work, info);
  let told = 0;
  try {
    await applyObjects(infos, apply, (outcomes) => {
      let lines = '';
      let warnings = '';
      for (const outcome of outcomes) {
        if ('error' in outcome) {
          errors.push(outcome.error);
          continue;
        }
        done.push(outcome.applied);
        warnings += outcome.applied.warnings;
        lines += report.line(outcome.applied.object, outcome.applied.operation);
      }
      progress.pause();
      if (warnings !== '') streams.stderr.write(warnings);
      if (lines !== '') streams.stdout.write(lines);
      progress.show((told += outcomes.length));
    });
  } finally {
    progress.pause();
  }
  ManyErrors.throwIfAny(errors);
  return done;
}

async function applyOne(work: ApplyWork, info: ResourceInfo): Promise<Applied> {
  const generated = info.object!.metadata.generateName ?? '';
  if (info.name === '' && generated !== '') throw new Error(`from ${generated}: cannot use generate name with apply`);
  return work.isServerSide ? applyOnServer(work, info) : applyOnClient(work, info);
}
