import type { UntypedObject } from '../../../api/object.ts';
import { fieldManagerFlag, requireFlags, saveConfigFlag } from '../../../extension-points/commands/changes/change-flags.ts';
import { overrideFlags, withOverrides } from '../../../extension-points/commands/changes/overrides.ts';
import { recorded, recordFlag } from '../../../extension-points/commands/changes/record.ts';
import { type CommandContext, defineCommand } from '../../../extension-points/commands/contract.ts';
import { deletionFlags } from '../../../extension-points/commands/deletion/deletion-flags.ts';
import { withSavedConfiguration } from '../../../extension-points/commands/last-applied/last-applied.ts';
import { isImageReference } from '../../../extension-points/commands/pod-templates/image-reference.ts';
import { createPrinter, outputFlags } from '../../../extension-points/commands/printers/output-flags.ts';
import { fileFlags } from '../../../extension-points/commands/resources/file-sources.ts';
import { createObject } from '../../../extension-points/commands/resources/object-requests.ts';
import { dryRunFlag, dryRunOf, dryRunSuffix } from '../../../extension-points/commands/resources/selection-flags.ts';
import { typedForm } from '../../../extension-points/commands/typed-objects/typed-form.ts';
import { podRunningTimeoutFlag } from '../../../extension-points/commands/workloads/pod-arguments.ts';
import { generatedPod, generatedService, type PodWishes } from './generated-pod.ts';

const runFlags = {
  ...deletionFlags,
  ...fileFlags('(without effect)'),
  ...outputFlags,
  ...recordFlag,
  ...saveConfigFlag,
  ...overrideFlags,
  ...fieldManagerFlag('kubectl-run'),
  'dry-run': dryRunFlag,
  'pod-running-timeout': podRunningTimeoutFlag(60_000),
  annotations: { type: 'array', description: 'Annotations of the pod: KEY=VALUE; may be given more than once.' },
  attach: {
    type: 'boolean',
    description: 'Join the pod once it runs; the default with --stdin. With --restart=Never its exit code becomes that of this command.',
  },
  command: { type: 'boolean', description: "Take what stands behind -- for the container's command rather than its arguments." },
  'detach-keys': { type: 'string', default: 'ctrl-p,ctrl-q', description: 'The keys, one after the other, that leave the container alone again.' },
  env: { type: 'array', description: 'Environment variables of the container: NAME=VALUE; may be given more than once.' },
  expose: { type: 'boolean', description: 'Create a service for the pod, too. Needs --port.' },
  image: { type: 'string', description: 'The image to run.', isRequired: true },
  'image-pull-policy': { type: 'string', description: 'When the image is pulled: Always, IfNotPresent or Never. Default: as the server says.' },
  labels: { type: 'string', shorthand: 'l', description: 'Labels of the pod: KEY=VALUE,KEY=VALUE.' },
  'leave-stdin-open': { type: 'boolean', description: 'Keep standard input of the container open after the first one to join has left.' },
  port: { type: 'string', description: 'The port that the container listens on.' },
  privileged: { type: 'boolean', description: 'Run the container with all rights of the node.' },
  quiet: { type: 'boolean', shorthand: 'q', description: 'Print what the process writes and nothing else.' },
  restart: { type: 'string', default: 'Always', description: 'The restart policy of the pod: Always, OnFailure or Never.' },
  rm: { type: 'boolean', description: 'Delete the pod when it is done. Only with --attach or --stdin.' },
  stdin: { type: 'boolean', shorthand: 'i', description: 'Keep standard input of the container open, and pass this one on.' },
  tty: { type: 'boolean', shorthand: 't', description: 'Give the container a terminal.' },
} as const;
export type RunContext = CommandContext<typeof runFlags>;

const podType = { group: '', version: 'v1', resource: 'pods', kind: 'Pod', namespaced: true } as const;
const serviceType = { group: '', version: 'v1', resource: 'services', kind: 'Service', namespaced: true } as const;

export const runCommand = defineCommand({
  name: 'run',
  group: 'Basic Commands (Beginner):',
  short: 'Run a particular image on the cluster',
  long: 'Create a pod that runs an image.',
  examples: `
    # A pod
    $PROGRAM run nginx --image=nginx

    # With a port
    $PROGRAM run hazelcast --image=hazelcast/hazelcast --port=5701

    # With environment variables
    $PROGRAM run hazelcast --image=hazelcast/hazelcast --env="DNS_DOMAIN=cluster" --env="POD_NAMESPACE=default"

    # With labels
    $PROGRAM run hazelcast --image=hazelcast/hazelcast --labels="app=hazelcast,env=prod"

    # What would be created
    $PROGRAM run nginx --image=nginx --dry-run=client

    # With something else in its spec
    $PROGRAM run nginx --image=nginx --overrides='{ "apiVersion": "v1", "spec": { ... } }'

    # In the foreground, with this terminal, once
    $PROGRAM run -i -t busybox --image=busybox --restart=Never

    # With other arguments, and with another command
    $PROGRAM run nginx --image=nginx -- <arg1> <arg2> ... <argN>
    $PROGRAM run nginx --image=nginx --command -- <cmd> <arg1> ... <argN>`,
  usage: 'run NAME --image=image [--env="key=value"] [--port=port] [--dry-run=server|client] [--overrides=inline-json] [--command] -- [COMMAND] [args...]',
  flags: runFlags,
  complete: () => ({ choices: [], also: 'nothing' }),
  async run(context) {
    requireFlags(context, ['image']);
    const { args, cluster, directory, flags, streams } = context;
    const dryRun = dryRunOf(flags['dry-run']);
    const printer = await createPrinter(flags, { operation: 'created', suffix: dryRunSuffix(dryRun), directory });
    const attaches = context.isSet('attach') ? flags.attach : flags.stdin;
    const wishes = checkedWishes(context, attaches);
    const namespace = cluster.namespace();
    const name = args[0]!;
    const pod = typedForm(await withOverrides(typedForm(generatedPod(name, wishes)), flags));
    const created = await create(context, pod, podType);
    let service: UntypedObject | undefined;
    let serviceError: unknown;
    if (flags.expose)
      try {
        service = await create(context, typedForm(generatedService(name, wishes)), serviceType);
        streams.stdout.write(printer.print(service) + printer.flush() + (flags.output === 'yaml' ? '---\n' : ''));
      } catch (error) {
        serviceError = error;
      }
    if (attaches)
      return attach(context, { name: created.metadata.name ?? name, namespace: namespace.name, hasService: service !== undefined, restart: wishes.restart });
    streams.stdout.write(printer.print(created) + printer.flush());
    if (serviceError) throw serviceError;
  },
});

/** What the flags say of the pod. Throws for flags that make no sense, in kubectl's order. */
function checkedWishes({ args, argumentsBeforeDashes, flags, usageError }: RunContext, attaches: boolean): PodWishes {
  if (args.length === 0 || argumentsBeforeDashes === 0) throw usageError('NAME is required for run');
  if (flags['pod-running-timeout'] <= 0) throw usageError('--pod-running-timeout must be higher than zero');
  if (flags.image === '') throw new Error('--image is required');
  if (!isImageReference(flags.image)) throw new Error(`Invalid image name ${JSON.stringify(flags.image)}: invalid reference format`);
  if (flags.tty && !flags.stdin) throw usageError('-i/--stdin is required for containers with -t/--tty=true');
  if (flags.expose && flags.port === '') throw usageError('--port must be set when exposing a service');
  const restart = flags.restart === '' ? (flags.stdin ? 'OnFailure' : 'Always') : flags.restart;
  if (!['Always', 'OnFailure', 'Never'].includes(restart)) throw usageError(`invalid restart policy: ${restart}`);
  if (flags.rm && !attaches) throw usageError('--rm should only be used for attached containers');
  if (attaches && dryRunOf(flags['dry-run']) !== 'none')
    throw usageError("--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)");
  const pullPolicy = flags['image-pull-policy'];
  if (!['', 'Always', 'IfNotPresent', 'Never'].includes(pullPolicy)) throw usageError(`invalid image pull policy: ${pullPolicy}`);
  return {
    ...flags,
    restart,
    pullPolicy,
    words: args.slice(1),
    isCommand: flags.command,
    staysOpen: flags['leave-stdin-open'],
    isPrivileged: flags.privileged,
  };
}

async function create(context: RunContext, object: UntypedObject, type: typeof podType | typeof serviceType): Promise<UntypedObject> {
  const { cluster, flags } = context;
  const dryRun = dryRunOf(flags['dry-run']);
  const namespace = cluster.namespace();
  const wanted = recorded(context, object);
  if (dryRun === 'client')
    return namespace.isExplicit ? typedForm({ ...wanted, metadata: { ...wanted.metadata, namespace: namespace.name } } as UntypedObject) : wanted;
  const request = { dryRun: dryRun === 'server', fieldManager: flags['field-manager'] };
  const sent = withSavedConfiguration(wanted, flags['save-config']);
  return typedForm(await createObject(cluster.client(), { resource: type, namespace: namespace.name }, sent, request));
}

interface Run {
  readonly name: string;
  readonly namespace: string;
  readonly hasService: boolean;
  readonly restart: string;
}

/** Joins the pod; with `--rm` it is deleted behind, whatever came of it. */
async function attach(context: RunContext, { name, namespace, hasService, restart }: Run): Promise<void> {
  const { cluster, flags } = context;
  const resource = await cluster.mapper().resourceForKind('v1', 'Pod');
  const info = { resource, namespace, name, source: '', object: undefined };
  const { runAttached } = await import('./attached-run.ts');
  const { stdin, tty } = flags;
  const wishes = { stdin, tty, isQuiet: flags.quiet, detachKeys: flags['detach-keys'], staysOpen: flags['leave-stdin-open'], restart };
  try {
    await runAttached(context, info, { ...wishes, timeoutMs: flags['pod-running-timeout'] });
  } finally {
    if (flags.rm) {
      const { removeCreated } = await import('./remove-created.ts');
      await removeCreated(context, [`pods/${name}`, ...(hasService ? [`services/${name}`] : [])]);
    }
  }
}
