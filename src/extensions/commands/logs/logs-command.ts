import type { UntypedObject } from '../../../api/object.ts';
import { isNotFound } from '../../../api/status.ts';
import { defineCommand } from '../../../extension-points/commands/contract.ts';
import { findResources } from '../../../extension-points/commands/resources/find-resources.ts';
import { untilStopped } from '../../../extension-points/commands/waiting/until-stopped.ts';
import { completeContainers, completePods } from '../../../extension-points/commands/workloads/complete-pods.ts';
import { checkPodRunningTimeout, podArguments } from '../../../extension-points/commands/workloads/pod-arguments.ts';
import { findLogs } from './find-logs.ts';
import { checkLogs, type LogsContext, logParameters, logsFlags } from './logs-flags.ts';
import { readLogs } from './read-logs.ts';

const usage = 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]';

export const logsCommand = defineCommand({
  name: 'logs',
  group: 'Troubleshooting and Debugging Commands:',
  short: 'Print the logs for a container in a pod',
  long: `
    Print what the containers of a pod, or of the pods of a workload, have written.

    A pod with one container needs no container's name. Of several the one that the pod's annotation names is taken, or else the first.`,
  examples: `
    # What the only container of a pod has written
    $PROGRAM logs nginx

    # The same of every pod of a deployment
    $PROGRAM logs deployment/nginx --all-pods

    # Every container of a pod
    $PROGRAM logs nginx --all-containers

    # Pods with a label, each line with its origin, as it is written
    $PROGRAM logs -f -l app=nginx --all-containers --prefix

    # The container before its restart
    $PROGRAM logs -p -c ruby web-1

    # The last twenty lines, and those of the last hour
    $PROGRAM logs --tail=20 nginx
    $PROGRAM logs --since=1h nginx

    # From a point in time, with the times
    $PROGRAM logs nginx --since-time=2024-08-30T06:00:00Z --timestamps

    # The first pod of a job
    $PROGRAM logs job/hello`,
  usage,
  flags: logsFlags,
  complete: (context, toComplete) => {
    if (context.args.length === 0) return completePods(context, toComplete);
    return context.args.length === 1 ? completeContainers(context, toComplete) : { choices: [], also: 'nothing' };
  },
  completeFlag: { container: completeContainers },
  async run(context) {
    const { args, flags } = context;
    requireArguments(context);
    checkPodRunningTimeout(flags['pod-running-timeout']);
    const parameters = logParameters(context);
    const object = await findObject(context);
    const container = args[1] ?? flags.container;
    checkLogs(context, container, parameters);
    const sources = await findLogs(context, object, container);
    await untilStopped(context, () => readLogs(context, sources, parameters));
  },
});

function requireArguments({ args, flags, program, usageError }: LogsContext): void {
  if (args.length === 1 && flags.selector !== '') throw usageError('only a selector (-l) or a POD name is allowed');
  if (args.length > 2 || (args.length === 0 && flags.selector === ''))
    throw usageError(`expected '${usage.replace(/^kubectl/, program)}'.\nPOD or TYPE/NAME is a required argument for the logs command`);
}

async function findObject(context: LogsContext): Promise<UntypedObject> {
  const { args, flags, cluster, streams } = context;
  const namespace = cluster.namespace().name;
  const [word] = args;
  const query = { args: word === undefined ? ['pods'] : podArguments(word), namespace, labelSelector: flags.selector, singleType: true };
  const selection = await findResources(context, query);
  const { infos, errors } = await selection.all();
  if (errors.length > 0) throw isNotFound(errors[0]) ? notFoundIn(namespace, errors[0] as Error) : errors[0];
  if (flags.selector === '' && infos.length !== 1) throw new Error('expected a resource');
  const object = infos[0]!.object!;
  if (flags.selector !== '' && (object['items'] as unknown[]).length === 0) streams.stderr.write(`No resources found in ${namespace} namespace.\n`);
  return object;
}

const notFoundIn = (namespace: string, error: Error): Error =>
  new Error(`error from server (NotFound): ${error.message} in namespace ${JSON.stringify(namespace)}`, { cause: error });
