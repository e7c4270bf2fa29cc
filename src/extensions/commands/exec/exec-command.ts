import type { Pod } from '../../../api/generated/core-v1.ts';
import { pods } from '../../../api/generated/resource-types.ts';
import { resourcePath } from '../../../client/request-paths.ts';
import type { CommandContext, FlagTable } from '../../../extension-points/commands/contract.ts';
import { defineCommand } from '../../../extension-points/commands/contract.ts';
import { fileSourcesOf, hasSources } from '../../../extension-points/commands/resources/file-sources.ts';
import { findResources } from '../../../extension-points/commands/resources/find-resources.ts';
import { completeContainers, completePods } from '../../../extension-points/commands/workloads/complete-pods.ts';
import { findContainer, findOrDefaultContainer, noSuchContainer } from '../../../extension-points/commands/workloads/containers.ts';
import { checkPodRunningTimeout, podArguments, podOf, podRunningTimeoutFlag } from '../../../extension-points/commands/workloads/pod-arguments.ts';

const execFlags = {
  container: { type: 'string', shorthand: 'c', description: 'The container to run it in. Default: the one that the pod names, or its first.' },
  filename: { type: 'list', shorthand: 'f', description: 'Files, folders or URLs with the pod or workload to run it in.' },
  'pod-running-timeout': podRunningTimeoutFlag(60_000),
  quiet: { type: 'boolean', shorthand: 'q', description: 'Print what the command writes and nothing else.' },
  stdin: { type: 'boolean', shorthand: 'i', description: 'Pass standard input on.' },
  tty: { type: 'boolean', shorthand: 't', description: 'Standard input is a terminal.' },
} as const satisfies FlagTable;

type ExecContext = CommandContext<typeof execFlags>;

export const execCommand = defineCommand({
  name: 'exec',
  group: 'Troubleshooting and Debugging Commands:',
  short: 'Execute a command in a container',
  long: 'Run a command in a container, with its output here. It exits with the exit code of the command.',
  examples: `
    # In the first container of a pod
    $PROGRAM exec mypod -- date

    # In a container of a chosen name
    $PROGRAM exec mypod -c ruby-container -- date

    # A shell with this terminal
    $PROGRAM exec mypod -c ruby-container -i -t -- bash -il

    # Flags behind the dashes are the command's
    $PROGRAM exec mypod -- ls -l /usr

    # In the first pod of a deployment, or behind a service
    $PROGRAM exec deploy/mydeployment -- date
    $PROGRAM exec svc/myservice -- date`,
  usage: 'exec (POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...]',
  flags: execFlags,
  complete: (context, toComplete) => (context.args.length === 0 ? completePods(context, toComplete) : { choices: [], also: 'nothing' }),
  completeFlag: { container: completeContainers },
  async run(context) {
    const { args, argumentsBeforeDashes, flags, streams, cluster, usageError } = context;
    const name = argumentsBeforeDashes === 0 ? undefined : args[0];
    if (argumentsBeforeDashes < 0 && (args.length > 1 || (args.length > 0 && flags.filename.length > 0)))
      throw usageError('exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead');
    try {
      checkPodRunningTimeout(flags['pod-running-timeout']);
    } catch (error) {
      throw usageError((error as Error).message);
    }
    cluster.namespace();
    if (name === undefined && flags.filename.length === 0) throw new Error('pod, type/name or --filename must be specified');
    const command = argumentsBeforeDashes < 0 ? [] : args.slice(argumentsBeforeDashes);
    if (command.length === 0) throw new Error('you must specify at least one command for the container');
    const pod = await findPod(context, name);
    const { phase } = pod.status ?? {};
    if (phase === 'Succeeded' || phase === 'Failed') throw new Error(`cannot exec into a container in a completed pod; current phase is ${phase}`);
    if (flags.container !== '' && !findContainer(pod, flags.container)) throw noSuchContainer(pod, flags.container);
    const container = findOrDefaultContainer(pod, flags.container, flags.quiet ? undefined : streams.stderr).name;
    const [{ runRemoteCommand }, { openSession }] = await Promise.all([
      import('../../../extension-points/commands/streaming/run-remote-command.ts'),
      import('../../../extension-points/commands/streaming/session-streams.ts'),
    ]);
    using session = openSession(streams, { stdin: flags.stdin, tty: flags.tty, isQuiet: flags.quiet });
    const query = new URLSearchParams(command.map((word) => ['command', word]));
    query.set('container', container);
    if (flags.stdin) query.set('stdin', 'true');
    query.set('stdout', 'true');
    if (session.isRaw) query.set('tty', 'true');
    else query.set('stderr', 'true');
    const path = `${resourcePath(pods, { namespace: pod.metadata.namespace, name: pod.metadata.name!, subresource: 'exec' })}?${query}`;
    await runRemoteCommand(cluster, { path, stdin: session.stdin, stdout: session.stdout, stderr: session.stderr, tty: session.isRaw, sizes: session.sizes });
  },
});

async function findPod(context: ExecContext, name: string | undefined): Promise<Pod> {
  const { flags, cluster } = context;
  const namespace = cluster.namespace();
  const files = fileSourcesOf({ filename: flags.filename, recursive: false, kustomize: '' });
  const selection = await findResources(context, {
    args: name === undefined ? [] : podArguments(name),
    ...(hasSources(files) ? { files } : {}),
    namespace: namespace.name,
    requiresNamespace: namespace.isExplicit,
    flattens: true,
  });
  const { infos, errors } = await selection.all();
  if (errors.length > 0) throw errors[0];
  if (infos.length !== 1) throw new Error('cannot exec into multiple objects at a time');
  return podOf(context, infos[0]!.object!, { timeoutMs: flags['pod-running-timeout'] });
}
