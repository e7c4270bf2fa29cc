import type { UntypedObject } from '../../../api/object.ts';
import { fieldValidationOf } from '../../../extension-points/commands/changes/change-flags.ts';
import { changeMany } from '../../../extension-points/commands/changes/change-many.ts';
import { recorded } from '../../../extension-points/commands/changes/record.ts';
import type { CommandContext } from '../../../extension-points/commands/contract.ts';
import { propagationPolicyOf } from '../../../extension-points/commands/deletion/deletion-flags.ts';
import { UsageError } from '../../../extension-points/commands/errors/command-errors.ts';
import type { Found, ResourceInfo, TogetherWork } from '../../../extension-points/commands/resources/contract.ts';
import { fileSourcesOf, hasSources } from '../../../extension-points/commands/resources/file-sources.ts';
import { findResources } from '../../../extension-points/commands/resources/find-resources.ts';
import { dryRunOf, dryRunSuffix } from '../../../extension-points/commands/resources/selection-flags.ts';
import { workOnAll } from '../../../extension-points/commands/resources/work-together.ts';
import { type applyFlags, checkApplyFlags, checkPruneFlags } from './apply-flags.ts';
import { type ApplyReport, createApplyReport } from './apply-report.ts';
import type { Applied, ApplyWork } from './apply-work.ts';
import { applyOnClient } from './client-side-apply.ts';
import { createCurrentObjects } from './current-objects.ts';
import { applyOnServer } from './server-side-apply.ts';

export type ApplyContext = CommandContext<typeof applyFlags>;

/** What `apply` does, from its flags to the pruning. */
export async function runApply(context: ApplyContext): Promise<void> {
  const { args, flags, cluster, streams, directory } = context;
  refuseHiddenFlags(context);
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

/** Sets are for those who ask for what is not finished yet: without the variable kubectl does not know the flag. */
function refuseHiddenFlags({ isSet, environment, commandPath }: ApplyContext): void {
  if (!isSet('applyset') || environment['KUBECTL_APPLYSET']?.toLowerCase() === 'true') return;
  throw new UsageError(`unknown flag: --applyset\nSee '${commandPath} --help' for usage.`);
}

/** Throws what was wrong with the files and with each object, when all was tried. */
async function applyAll(
  context: ApplyContext,
  infos: readonly ResourceInfo[],
  work: ApplyWork,
  report: ApplyReport,
  problems: readonly unknown[],
): Promise<Applied[]> {
  const done: Applied[] = [];
  async function* found(): AsyncIterable<Found> {
    yield* infos.map((info) => ({ info }));
  }
  const all = { visitTogether: <Result>(together: TogetherWork<Result>) => workOnAll(found(), together, { earlier: problems }) };
  await changeMany(context, all, {
    order: 'creation',
    what: 'applied',
    change: (info) => applyOne(work, info),
    tell(applied) {
      done.push(applied);
      return { line: report.line(applied.object, applied.operation), warnings: applied.warnings };
    },
  });
  return done;
}

async function applyOne(work: ApplyWork, info: ResourceInfo): Promise<Applied> {
  const generated = info.object!.metadata.generateName ?? '';
  if (info.name === '' && generated !== '') throw new Error(`from ${generated}: cannot use generate name with apply`);
  return work.isServerSide ? applyOnServer(work, info) : applyOnClient(work, info);
}
