import type { UntypedObject } from '../../../api/object.ts';
import { groupResource } from '../../../api/resource-type.ts';
import { fieldManagerFlag } from '../../../extension-points/commands/changes/change-flags.ts';
import { type Command, type CommandContext, defineCommand, type FlagTable } from '../../../extension-points/commands/contract.ts';
import { ManyErrors } from '../../../extension-points/commands/errors/command-errors.ts';
import { messageOf } from '../../../extension-points/commands/errors/error-text.ts';
import { createPrinter, outputFlags } from '../../../extension-points/commands/printers/output-flags.ts';
import { patchObject } from '../../../extension-points/commands/resources/object-requests.ts';
import { completeRollouts, findFlags, findRollouts, requireResource, sayNothingFound } from './find-rollouts.ts';

const patchFlags = { ...findFlags, ...outputFlags, ...fieldManagerFlag('kubectl-rollout') } as const satisfies FlagTable;

type PatchContext = CommandContext<typeof patchFlags>;

/** What a command makes of a workload: a strategic merge patch. Throws why it cannot be. */
type MakePatch = (object: UntypedObject, nowMs: number) => Readonly<Record<string, unknown>>;

const specOf = (
  object: UntypedObject,
): { readonly paused?: boolean; readonly template?: { readonly metadata?: { readonly annotations?: Record<string, string> } } } =>
  (object['spec'] ?? {}) as object;
const isWorkload = ({ apiVersion = '', kind = '' }: UntypedObject, kinds: readonly string[]): boolean =>
  /^(?:apps|extensions)\//.test(apiVersion) && kinds.includes(kind);

const pause: MakePatch = (object) => {
  if (!isWorkload(object, ['Deployment'])) throw new Error('pausing is not supported');
  if (specOf(object).paused) throw new Error('is already paused');
  return { spec: { paused: true } };
};

const resume: MakePatch = (object) => {
  if (!isWorkload(object, ['Deployment'])) throw new Error('resuming is not supported');
  if (!specOf(object).paused) throw new Error('is not paused');
  return { spec: { paused: null } };
};

const restartedAtAnnotation = 'kubectl.kubernetes.io/restartedAt';

const restart: MakePatch = (object, nowMs) => {
  if (!isWorkload(object, ['Deployment', 'DaemonSet', 'StatefulSet'])) throw new Error('restarting is not supported');
  const { paused, template } = specOf(object);
  if (paused) throw new Error("can't restart paused deployment (run rollout resume first)");
  const time = `${new Date(nowMs).toISOString().slice(0, 19)}Z`;
  if (template?.metadata?.annotations?.[restartedAtAnnotation] === time)
    throw new RestartedJustNow(
      `failed to create patch for ${object.metadata.name}: if restart has already been triggered within the past second, please wait before attempting to trigger another`,
    );
  return { spec: { template: { metadata: { annotations: { [restartedAtAnnotation]: time } } } } };
};

class RestartedJustNow extends Error {}

/** Patches each workload and goes on after an error. */
async function patchAll(context: PatchContext, makePatch: MakePatch, operation: string): Promise<void> {
  const { flags, cluster, clock, streams, directory } = context;
  cluster.namespace();
  requireResource(context);
  const selection = await findRollouts(context);
  const { infos, errors } = await selection.all();
  if (infos.length === 0 && errors.length === 0) return sayNothingFound(context);
  const problems: unknown[] = [...errors];
  for (const info of infos) {
    let patch: ReturnType<MakePatch>;
    try {
      patch = makePatch(info.object!, clock.now());
    } catch (error) {
      const { message } = error as Error;
      problems.push(error instanceof RestartedJustNow ? error : new Error(`error: ${groupResource(info.resource)} ${JSON.stringify(info.name)} ${message}`));
      continue;
    }
    try {
      const changed = await patchObject(cluster.client(), info, { format: 'strategic', body: patch }, { fieldManager: flags['field-manager'] });
      const printer = await createPrinter(flags, { operation, directory });
      streams.stdout.write(printer.print(changed));
    } catch (error) {
      problems.push(new Error(`failed to patch: ${messageOf(error).replace(/^Error from server \([^)]*\): /, '')}`, { cause: error }));
    }
  }
  ManyErrors.throwIfAny(problems);
}

export const pauseCommand: Command = defineCommand({
  name: 'pause',
  short: 'Mark the provided resource as paused',
  long: 'Have the controller of a deployment leave its pods alone until "$PROGRAM rollout resume". Changes that are made meanwhile come together then.',
  examples: `
    # Changes of the deployment wait
    $PROGRAM rollout pause deployment/nginx`,
  usage: 'pause RESOURCE',
  flags: patchFlags,
  complete: (context, toComplete) => completeRollouts(context, toComplete, { types: ['deployment'] }),
  run: (context) => patchAll(context, pause, 'paused'),
});

export const resumeCommand: Command = defineCommand({
  name: 'resume',
  short: 'Resume a paused resource',
  long: 'Let the controller of a paused deployment go on.',
  examples: `
    # What waited is rolled out
    $PROGRAM rollout resume deployment/nginx`,
  usage: 'resume RESOURCE',
  flags: patchFlags,
  complete: (context, toComplete) => completeRollouts(context, toComplete, { types: ['deployment'] }),
  run: (context) => patchAll(context, resume, 'resumed'),
});

export const restartCommand: Command = defineCommand({
  name: 'restart',
  short: 'Restart a resource',
  long: 'Have all pods of a workload replaced by new ones, step by step, as for a change.',
  examples: `
    # All deployments of a namespace
    $PROGRAM rollout restart deployment -n test-namespace

    # One
    $PROGRAM rollout restart deployment/nginx

    # Daemon sets with a label
    $PROGRAM rollout restart daemonset --selector=app=nginx`,
  usage: 'restart RESOURCE',
  flags: patchFlags,
  complete: completeRollouts,
  run: (context) => patchAll(context, restart, 'restarted'),
});
