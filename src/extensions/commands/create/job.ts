import type { CronJob } from '../../../api/generated/batch-v1.ts';
import { findResources } from '../../../extension-points/commands/resources/find-resources.ts';
import { goTypeName } from '../../../extension-points/commands/workloads/pods-of-workload.ts';
import { defineGenerator, type GeneratedParts, type GeneratorContext } from './generator.ts';

const jobFlags = {
  image: { type: 'string', description: 'The image to run.' },
  from: { type: 'string', description: 'What to take the job from: a cron job, cronjob/NAME.' },
} as const;
type JobContext = GeneratorContext<typeof jobFlags>;

export const createJobCommand = defineGenerator({
  name: 'job',
  short: 'Create a job with the specified name',
  examples: `
    # A job
    $PROGRAM create job my-job --image=busybox

    # With a command
    $PROGRAM create job my-job --image=busybox -- date

    # The job of a cron job, now
    $PROGRAM create job test-job --from=cronjob/a-cronjob`,
  usage: 'job NAME --image=image [--from=cronjob/name] -- [COMMAND] [args...]',
  flags: jobFlags,
  type: { group: 'batch', version: 'v1', resource: 'jobs', kind: 'Job', namespaced: true },
  failure: 'failed to create job: ',
  generate(context, name) {
    const { args, flags } = context;
    const command = args.slice(1);
    if ((flags.image === '') === (flags.from === '')) throw new Error('either --image or --from must be specified');
    if (command.length > 0 && flags.from !== '') throw new Error('cannot specify --from and command');
    if (flags.from !== '') return fromCronJob(context);
    return { spec: { template: { spec: { containers: [{ name, image: flags.image, command }], restartPolicy: 'Never' } } } };
  },
});

async function fromCronJob(context: JobContext): Promise<GeneratedParts> {
  const selection = await findResources(context, { args: [context.flags.from], namespace: context.cluster.namespace().name, flattens: true, latest: true });
  const { infos, errors } = await selection.all();
  if (errors.length > 0) throw errors[0];
  if (infos.length !== 1) throw new Error('from must be an existing cronjob');
  const object = infos[0]!.object!;
  if (object.kind !== 'CronJob') throw new Error(`unknown object type ${goTypeName(object)}`);
  const cronJob = object as unknown as CronJob;
  const { metadata, spec } = cronJob.spec!.jobTemplate;
  const { name, uid } = cronJob.metadata!;
  const ownerReferences = [{ apiVersion: 'batch/v1', kind: 'CronJob', name, uid, controller: true }];
  const annotations = { 'cronjob.kubernetes.io/instantiate': 'manual', ...metadata?.annotations };
  return { metadata: { annotations, labels: metadata?.labels, ownerReferences }, spec };
}
