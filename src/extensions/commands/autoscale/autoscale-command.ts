import type { UntypedObject } from '../../../api/object.ts';
import { groupVersion } from '../../../api/resource-type.ts';
import { ApiError } from '../../../api/status.ts';
import { fieldManagerFlag, requireFlags, saveConfigFlag } from '../../../extension-points/commands/changes/change-flags.ts';
import { recorded, recordFlag } from '../../../extension-points/commands/changes/record.ts';
import { type CommandContext, defineCommand } from '../../../extension-points/commands/contract.ts';
import { withSavedConfiguration } from '../../../extension-points/commands/last-applied/last-applied.ts';
import { createPrinter, outputFlags } from '../../../extension-points/commands/printers/output-flags.ts';
import { completeResources } from '../../../extension-points/commands/resources/complete-resources.ts';
import type { ResourceInfo } from '../../../extension-points/commands/resources/contract.ts';
import { fileFlags, fileSourcesOf } from '../../../extension-points/commands/resources/file-sources.ts';
import { findResources } from '../../../extension-points/commands/resources/find-resources.ts';
import { createObject } from '../../../extension-points/commands/resources/object-requests.ts';
import { dryRunFlag, dryRunOf, dryRunSuffix } from '../../../extension-points/commands/resources/selection-flags.ts';
import { typedForm } from '../../../extension-points/commands/typed-objects/typed-form.ts';
import { metricTarget } from './metric-targets.ts';

const autoscaleFlags = {
  ...outputFlags,
  ...recordFlag,
  ...fileFlags('with the objects to scale'),
  ...saveConfigFlag,
  ...fieldManagerFlag('kubectl-autoscale'),
  'dry-run': dryRunFlag,
  cpu: { type: 'string', description: 'How much CPU pods shall use: a percentage of their requests (70%), or an amount for each (500m; 500 is 500m).' },
  'cpu-percent': {
    type: 'integer',
    bits: 32,
    default: -1,
    description: 'How much of their requested CPU pods shall use, in percent.',
    deprecated: "Use --cpu with percentage or resource quantity format (e.g., '70%' for utilization or '500m' for milliCPU).",
  },
  max: { type: 'integer', bits: 32, default: -1, description: 'How many pods there may be at most. Must be given.', isRequired: true },
  memory: { type: 'string', description: 'How much memory pods shall use: a percentage of their requests (60%), or an amount for each (200Mi; 200 is 200Mi).' },
  min: { type: 'integer', bits: 32, default: -1, description: "How many pods there must be at least; negative: the server's default." },
  name: { type: 'string', description: 'The name of the autoscaler; none: that of the object.' },
} as const;
type AutoscaleContext = CommandContext<typeof autoscaleFlags>;

const scalable = ['deployment', 'replicaset', 'replicationcontroller', 'statefulset'];
const autoscalerType = {
  group: 'autoscaling',
  resource: 'horizontalpodautoscalers',
  kind: 'HorizontalPodAutoscaler',
  namespaced: true,
} as const;

export const autoscaleCommand = defineCommand({
  name: 'autoscale',
  group: 'Deploy Commands:',
  short: 'Auto-scale a deployment, replica set, stateful set, or replication controller',
  long: 'Create an autoscaler: it changes the number of pods of a deployment, replica set, stateful set or replication controller, as their load goes up and down.',
  examples: `
    # Between two and ten pods, by the server's own rule
    $PROGRAM autoscale deployment foo --min=2 --max=10

    # Up to five, so that they use 80% of the CPU that they ask for
    $PROGRAM autoscale rc foo --max=5 --cpu=80%

    # So that each uses half a CPU and 200 MiB
    $PROGRAM autoscale deployment bar --min=3 --max=6 --cpu=500m --memory=200Mi`,
  usage: 'autoscale (-f FILENAME | TYPE NAME | TYPE/NAME) [--min=MINPODS] --max=MAXPODS [--cpu=CPU] [--memory=MEMORY]',
  flags: autoscaleFlags,
  complete: (context, toComplete) => completeResources(context, toComplete, { types: scalable }),
  async run(context) {
    requireFlags(context, ['max']);
    const { args, cluster, flags } = context;
    dryRunOf(flags['dry-run']);
    const namespace = cluster.namespace();
    const metrics = checkedMetrics(flags);
    const selection = await findResources(context, {
      args,
      files: fileSourcesOf(flags),
      namespace: namespace.name,
      requiresNamespace: namespace.isExplicit,
      flattens: true,
      continuesOnError: true,
    });
    let count = 0;
    await selection.visit(async (info) => {
      await autoscaleOne(context, info, metrics);
      count++;
    });
    if (count === 0) throw new Error('no objects passed to autoscale');
  },
});

/** The metrics that the flags ask for. Throws for flags that make no sense. */
function checkedMetrics(flags: AutoscaleContext['flags']): readonly unknown[] {
  const { max, min, cpu, memory } = flags;
  const percent = flags['cpu-percent'];
  if (max < 1) throw new Error(`--max=MAXPODS is required and must be at least 1, max: ${max}`);
  if (max < min) throw new Error(`--max=MAXPODS must be larger or equal to --min=MINPODS, max: ${max}, min: ${min}`);
  if (percent > 0 && cpu !== '') throw new Error('--cpu-percent and --cpu are mutually exclusive');
  const metric = (name: string, target: unknown): unknown => ({ type: 'Resource', resource: { name, target } });
  return [
    ...(percent > 0 ? [metric('cpu', { type: 'Utilization', averageUtilization: percent })] : []),
    ...(cpu === '' ? [] : [metric('cpu', metricTarget('cpu', cpu))]),
    ...(memory === '' ? [] : [metric('memory', metricTarget('memory', memory))]),
  ];
}

async function autoscaleOne(context: AutoscaleContext, info: ResourceInfo, metrics: readonly unknown[]): Promise<void> {
  const { cluster, directory, flags, streams } = context;
  const { resource } = info;
  if (!resource.subresources.some(({ name }) => name === 'scale'))
    throw new Error(
      `cannot autoscale a ${resource.kind}: could not find scale subresource for ${resource.group}/${resource.version}, Resource=${resource.resource} in discovery information`,
    );
  const dryRun = dryRunOf(flags['dry-run']);
  const namespace = cluster.namespace();
  const spec = {
    scaleTargetRef: { kind: resource.kind, name: info.name, apiVersion: groupVersion(resource) },
    ...(flags.min > 0 ? { minReplicas: flags.min } : {}),
    maxReplicas: flags.max,
    metrics,
  };
  const metadata = { name: flags.name || info.name, ...(namespace.isExplicit ? { namespace: namespace.name } : {}) };
  const autoscaler = recorded(context, typedForm({ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata, spec } as UntypedObject));
  const operation = dryRun === 'client' ? 'created' : 'autoscaled';
  const printer = await createPrinter(flags, { operation, suffix: dryRunSuffix(dryRun), directory });
  const { metrics: _metrics, ...oldSpec } = spec;
  const percent = utilizationOf(flags);
  const old = { metadata, spec: { ...oldSpec, ...(percent === undefined ? {} : { targetCPUUtilizationPercentage: percent }) } };
  const result = dryRun === 'client' ? autoscaler : typedForm(await createInSomeVersion(context, autoscaler, old));
  streams.stdout.write(printer.print(result) + printer.flush());
}

/** The newer version, or the older one where the server has no other. */
async function createInSomeVersion(context: AutoscaleContext, autoscaler: UntypedObject, old: Pick<UntypedObject, 'metadata'>): Promise<UntypedObject> {
  try {
    return await create(context, autoscaler);
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 404 || error.details?.name) throw error;
    const { cpu, memory } = context.flags;
    // The older one knows a part of the CPU asked for, and nothing else.
    if (memory !== '' || (cpu !== '' && utilizationOf(context.flags) === undefined))
      throw new Error(`failed to create autoscaling/v2 HPA and the configuration is incompatible with autoscaling/v1: ${error.message}`, { cause: error });
    return create(context, recorded(context, typedForm({ apiVersion: 'autoscaling/v1', kind: 'HorizontalPodAutoscaler', ...old } as UntypedObject)));
  }
}

/** The part of the CPU asked for, in percent, that the flags name. */
function utilizationOf({ cpu, 'cpu-percent': percent }: AutoscaleContext['flags']): number | undefined {
  const target = cpu === '' ? undefined : metricTarget('cpu', cpu);
  if (target?.type === 'Utilization') return target.averageUtilization;
  return percent > 0 ? percent : undefined;
}

function create({ cluster, flags }: AutoscaleContext, autoscaler: UntypedObject): Promise<UntypedObject> {
  const request = { dryRun: dryRunOf(flags['dry-run']) === 'server', fieldManager: flags['field-manager'] };
  const version = autoscaler.apiVersion === 'autoscaling/v1' ? 'v1' : 'v2';
  const place = { resource: { ...autoscalerType, version }, namespace: cluster.namespace().name };
  return createObject(cluster.client(), place, withSavedConfiguration(autoscaler, flags['save-config']), request);
}
