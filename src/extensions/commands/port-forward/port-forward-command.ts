import type { Service } from '../../../api/generated/core-v1.ts';
import { pods } from '../../../api/generated/resource-types.ts';
import { resourcePath } from '../../../client/request-paths.ts';
import { defineCommand } from '../../../extension-points/commands/contract.ts';
import { StoppedBySignal } from '../../../extension-points/commands/errors/stopped-by-signal.ts';
import { findResources } from '../../../extension-points/commands/resources/find-resources.ts';
import { completePods, completePorts } from '../../../extension-points/commands/workloads/complete-pods.ts';
import { checkPodRunningTimeout, podArguments, podOf, podRunningTimeoutFlag } from '../../../extension-points/commands/workloads/pod-arguments.ts';
import { parsePorts, podPorts, servicePorts } from './forwarded-ports.ts';
import { listenAddresses } from './listen.ts';

/** The exit code for Ctrl-C. */
const stoppedByKey = 130;

export const portForwardCommand = defineCommand({
  name: 'port-forward',
  group: 'Troubleshooting and Debugging Commands:',
  short: 'Forward one or more local ports to a pod',
  long: `
    Listen here, and lead every connection to a port of a pod; of a workload or a service to one of its pods.

    It ends when that pod does.`,
  examples: `
    # The same ports here as in the pod
    $PROGRAM port-forward pod/mypod 5000 6000

    # To a pod of a deployment
    $PROGRAM port-forward deployment/mydeployment 5000 6000

    # To the pod port that a service's port of the name "https" stands for
    $PROGRAM port-forward service/myservice 8443:https

    # 8888 here, 5000 in the pod
    $PROGRAM port-forward pod/mypod 8888:5000

    # On all addresses, or on some
    $PROGRAM port-forward --address 0.0.0.0 pod/mypod 8888:5000
    $PROGRAM port-forward --address localhost,10.19.21.23 pod/mypod 8888:5000

    # On any port that is free here
    $PROGRAM port-forward pod/mypod :5000`,
  usage: 'port-forward TYPE/NAME [options] [LOCAL_PORT:]REMOTE_PORT [...[LOCAL_PORT_N:]REMOTE_PORT_N]',
  flags: {
    address: {
      type: 'list',
      default: ['localhost'],
      description: 'Addresses to listen on: IP addresses, or localhost, which means 127.0.0.1 and ::1, of which one must be free.',
    },
    'pod-running-timeout': podRunningTimeoutFlag(60_000),
  },
  complete: (context, toComplete) => {
    if (context.args.length === 0) return completePods(context, toComplete);
    return context.args.length === 1 ? completePorts(context, toComplete) : { choices: [], also: 'nothing' };
  },
  async run(context) {
    const { args, flags, cluster, streams, usageError } = context;
    const [word, ...words] = args;
    if (word === undefined || words.length === 0) throw usageError('TYPE/NAME and list of ports are required for port-forward');
    const namespace = cluster.namespace().name;
    const timeoutMs = flags['pod-running-timeout'];
    try {
      checkPodRunningTimeout(timeoutMs);
    } catch (error) {
      throw usageError((error as Error).message);
    }
    const selection = await findResources(context, { args: podArguments(word), namespace, continuesOnError: true });
    const { infos, errors } = await selection.all();
    if (errors.length > 0) throw errors[0];
    const object = infos[0]!.object!;
    const pod = await podOf(context, object, { timeoutMs });
    const translated = object.kind === 'Service' ? servicePorts(words, object as unknown as Service, pod) : podPorts(words, pod);
    const { phase } = pod.status ?? {};
    if (phase !== 'Running') throw new Error(`unable to forward port because pod is not running. Current status=${phase}`);
    const addresses = listenAddresses(flags.address);
    const ports = parsePorts(translated);
    const [{ openPortConnection }, { forwardPorts }] = await Promise.all([
      import('../../../client/streaming/port-connection.ts'),
      import('./forward-ports.ts'),
    ]);
    const path = resourcePath(pods, { namespace: pod.metadata.namespace, name: pod.metadata.name!, subresource: 'portforward' });
    const connection = await openPortConnection(cluster.connection(), { path, userAgent: 'wherry' });
    const { signal } = context;
    await forwardPorts({ connection, ports, addresses, streams, signal });
    // Ctrl-C is how it is meant to end.
    if (signal.reason instanceof StoppedBySignal && signal.reason.exitCode !== stoppedByKey) throw signal.reason;
  },
});
