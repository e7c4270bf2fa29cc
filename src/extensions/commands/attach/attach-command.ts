import { defineCommand } from '../../../extension-points/commands/contract.ts';
import { findResources } from '../../../extension-points/commands/resources/find-resources.ts';
import { completeContainers, completePods } from '../../../extension-points/commands/workloads/complete-pods.ts';
import { podArguments, podOf, podRunningTimeoutFlag } from '../../../extension-points/commands/workloads/pod-arguments.ts';

export const attachCommand = defineCommand({
  name: 'attach',
  group: 'Troubleshooting and Debugging Commands:',
  short: 'Attach to a running container',
  long: 'Join the process that runs in a container already: its output comes here, and with --stdin what is typed goes there.',
  examples: `
    # The output of a pod's container
    $PROGRAM attach mypod

    # Of a container of a chosen name
    $PROGRAM attach mypod -c ruby-container

    # With this terminal, to a container that was started with one
    $PROGRAM attach mypod -c ruby-container -i -t

    # The first pod of a replica set
    $PROGRAM attach rs/nginx`,
  usage: 'attach (POD | TYPE/NAME) -c CONTAINER',
  flags: {
    container: { type: 'string', shorthand: 'c', description: 'The container to attach to. Default: the one that the pod names, or its first.' },
    'detach-keys': { type: 'string', default: 'ctrl-p,ctrl-q', description: 'The keys, one after the other, that leave the container alone again.' },
    'pod-running-timeout': podRunningTimeoutFlag(60_000),
    quiet: { type: 'boolean', shorthand: 'q', description: 'Print what the process writes and nothing else.' },
    stdin: { type: 'boolean', shorthand: 'i', description: 'Pass standard input on.' },
    tty: { type: 'boolean', shorthand: 't', description: 'Standard input is a terminal.' },
  },
  complete: (context, toComplete) => (context.args.length === 0 ? completePods(context, toComplete) : { choices: [], also: 'nothing' }),
  completeFlag: { container: completeContainers },
  async run(context) {
    const { args, flags, cluster, usageError } = context;
    const timeoutMs = flags['pod-running-timeout'];
    if (timeoutMs <= 0) throw usageError('--pod-running-timeout must be higher than zero');
    const namespace = cluster.namespace().name;
    const [first, second] = args;
    if (first === undefined) throw new Error('at least 1 argument is required for attach');
    if (args.length > 2) throw new Error(`expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw ${args.length}: [${args.join(' ')}]`);
    const selection = await findResources(context, { args: second === undefined ? podArguments(first) : [first, second], namespace });
    const { infos, errors } = await selection.all();
    if (errors.length > 0) throw errors[0];
    const pod = await podOf(context, infos[0]!.object!, { timeoutMs });
    const { phase } = pod.status ?? {};
    if (phase === 'Succeeded' || phase === 'Failed') throw new Error(`cannot attach a container in a completed pod; current phase is ${phase}`);
    const { attachToContainer } = await import('../../../extension-points/commands/streaming/attach-to-container.ts');
    const { container, stdin, tty, quiet } = flags;
    await attachToContainer(context, pod, { container, stdin, tty, isQuiet: quiet, detachKeys: flags['detach-keys'] });
  },
});
