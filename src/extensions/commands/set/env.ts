import type { Container, PodSpec } from '../../../api/generated/core-v1.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { type CommandContext, defineCommand } from '../../../extension-points/commands/contract.ts';
import { deriveContext } from '../../../extension-points/commands/derive-context.ts';
import { messageOf } from '../../../extension-points/commands/errors/error-text.ts';
import { containersOf, withContainers, withPodSpec } from '../../../extension-points/commands/pod-templates/pod-specs.ts';
import { createPrinter } from '../../../extension-points/commands/printers/output-flags.ts';
import { completeResources } from '../../../extension-points/commands/resources/complete-resources.ts';
import { dryRunOf } from '../../../extension-points/commands/resources/selection-flags.ts';
import { changeObjects, findObjects, refuseLocalServerRun } from './change-objects.ts';
import { changeEnvironment, type EnvironmentChange, parseEnvironment, refuseOverwrites, splitEnvironment } from './environment-arguments.ts';
import { referenceText, variablesFrom } from './environment-sources.ts';
import { EnvironmentValues } from './environment-values.ts';
import { isContainerMeant } from './select-containers.ts';
import { containersFlag, selectorFlag, setFlags } from './set-flags.ts';

const envFlags = {
  ...setFlags,
  ...selectorFlag,
  ...containersFlag,
  env: { type: 'array', shorthand: 'e', description: 'A variable, NAME=VALUE; - reads them from standard input.' },
  from: { type: 'string', description: 'A secret or config map whose keys become variables: secret/NAME.' },
  keys: { type: 'list', description: 'Only these keys of it.' },
  list: { type: 'boolean', description: 'Show the variables instead of changing them.' },
  overwrite: { type: 'boolean', default: true, description: 'Give variables that exist already another value, instead of refusing to.' },
  prefix: { type: 'string', description: 'What stands in front of the names of variables.' },
  resolve: { type: 'boolean', description: 'With --list: look up values that come from secrets, config maps and fields.' },
} as const;
type EnvContext = CommandContext<typeof envFlags>;

export const setEnvCommand = defineCommand({
  name: 'env',
  short: 'Update environment variables on a pod template',
  long: `
    Set, change, take away and list the environment variables of containers: of pods, and of what makes pods. With "--env -" they come on standard input, one NAME=VALUE a line.

    Possible resources: pod (po), replicationcontroller (rc), deployment (deploy), daemonset (ds), statefulset (sts), cronjob (cj), replicaset (rs).`,
  examples: `
    # Set a variable
    $PROGRAM set env deployment/registry STORAGE_DIR=/local

    # List them
    $PROGRAM set env deployment/sample-build --list

    # Of all pods
    $PROGRAM set env pods --all --list

    # Keys of a secret, and of a config map with something in front of the names
    $PROGRAM set env --from=secret/mysecret deployment/myapp
    $PROGRAM set env --from=configmap/myconfigmap --prefix=MYSQL_ deployment/myapp

    # Take one away from a container
    $PROGRAM set env deployments --all --containers="c1" ENV-

    # Some of this shell's
    env | grep RAILS_ | $PROGRAM set env -e - deployment/registry`,
  usage: 'env RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N',
  flags: envFlags,
  complete: (context, toComplete) => completeResources(context, toComplete),
  async run(context) {
    const { args, flags, directory, streams } = context;
    if (flags.all && flags.selector !== '') throw new Error('cannot set --all and --selector at the same time');
    const { resources, environment } = splitEnvironment(args);
    dryRunOf(flags['dry-run']);
    await createPrinter(flags, { directory });
    refuseLocalServerRun(context);
    if (flags.filename.length === 0 && resources.length === 0)
      throw new Error('one or more resources must be specified as <resource> <name> or <resource>/<name>');
    if (flags.list && flags.output !== '') throw new Error('--list and --output may not be specified together');
    if (flags.keys.length > 0 && flags.from === '') throw new Error('when specifying --keys, a configmap or secret must be provided with --from');
    const change = await wantedChange(context, environment);
    const infos = await findObjects(context, resources);
    if (flags.list) {
      for (const { object } of infos) await listOne(context, object!, change);
      return;
    }
    await changeObjects(context, infos, {
      operation: 'env updated',
      failure: 'failed to patch env update to pod template: ',
      change: (object) => withPodSpec(object, (spec) => changedSpec(object, spec, change)),
    });

    function changedSpec(object: UntypedObject, spec: PodSpec, wish: EnvironmentChange): PodSpec {
      const meant = containersOf(spec).filter(({ name }) => isContainerMeant(name!, flags.containers));
      if (meant.length === 0) streams.stderr.write(noContainers(object, flags.containers));
      if (!flags.overwrite) for (const { env = [] } of meant) refuseOverwrites(env, wish);
      return withContainers(spec, (container) =>
        isContainerMeant(container.name!, flags.containers) ? { ...container, env: changeEnvironment(container.env ?? [], wish) } : container,
      );
    }
  },
});

const noContainers = ({ kind, metadata }: UntypedObject, pattern: string): string =>
  `Warning: ${kind}/${metadata.name} does not have any containers matching ${JSON.stringify(pattern)}\n`;

/** What the line and `--from` say, `--prefix` in front of the names. */
async function wantedChange(context: EnvContext, environment: readonly string[]): Promise<EnvironmentChange> {
  const { flags, streams } = context;
  const { set, remove } = await parseEnvironment([...flags.env, ...environment], () => streams.stdin);
  const sources =
    flags.from === '' ? [] : await findObjects(deriveContext(context, { flags: { ...flags, filename: [], kustomize: '' } }), flags.local ? [] : [flags.from]);
  const variables = [...set, ...sources.flatMap(({ object }) => variablesFrom(object!, flags.keys, streams.stderr))];
  return { set: variables.map((variable) => ({ ...variable, name: flags.prefix + variable.name })), remove };
}

/** `--list`: the variables of each container, as they would be. */
async function listOne({ cluster, flags, streams }: EnvContext, object: UntypedObject, change: EnvironmentChange): Promise<void> {
  const values = new EnvironmentValues(() => cluster.client(), cluster.namespace().name);
  let containers: readonly Container[] = [];
  withPodSpec(object, (spec) => {
    containers = containersOf(spec).filter(({ name }) => isContainerMeant(name!, flags.containers));
    return spec;
  });
  if (containers.length === 0) streams.stderr.write(noContainers(object, flags.containers));
  for (const container of containers) {
    if (!flags.overwrite) refuseOverwrites(container.env ?? [], change);
    streams.stdout.write(`# ${object.kind} ${object.metadata.name}, container ${container.name}\n`);
    const problems = new Map<string, string[]>();
    for (const { name = '', value = '', valueFrom } of changeEnvironment(container.env ?? [], change)) {
      if (!valueFrom) streams.stdout.write(`${name}=${value}\n`);
      else if (!flags.resolve) streams.stdout.write(`# ${name} from ${referenceText(valueFrom)}\n`);
      else
        await values.valueOf(valueFrom, object, container).then(
          (found) => streams.stdout.write(`${name}=${found}\n`),
          (error: unknown) => {
            streams.stdout.write(`# ${name} from ${referenceText(valueFrom)}\n`);
            const text = error instanceof Error ? error.message : messageOf(error);
            problems.set(text, [...(problems.get(text) ?? []), name]);
          },
        );
    }
    const lines = [...problems].map(([text, names]) => `error retrieving reference for ${names.sort().join(', ')}: ${text}\n`);
    streams.stderr.write(lines.sort().join(''));
  }
}
