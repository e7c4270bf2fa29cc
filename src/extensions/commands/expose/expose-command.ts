import type { UntypedObject } from '../../../api/object.ts';
import { fieldManagerFlag, saveConfigFlag } from '../../../extension-points/commands/changes/change-flags.ts';
import { overrideFlags, withOverrides } from '../../../extension-points/commands/changes/overrides.ts';
import { recorded, recordFlag } from '../../../extension-points/commands/changes/record.ts';
import { type CommandContext, defineCommand } from '../../../extension-points/commands/contract.ts';
import { withSavedConfiguration } from '../../../extension-points/commands/last-applied/last-applied.ts';
import { createPrinter, outputFlags } from '../../../extension-points/commands/printers/output-flags.ts';
import { completeResources } from '../../../extension-points/commands/resources/complete-resources.ts';
import { fileFlags, fileSourcesOf } from '../../../extension-points/commands/resources/file-sources.ts';
import { findResources } from '../../../extension-points/commands/resources/find-resources.ts';
import { createObject } from '../../../extension-points/commands/resources/object-requests.ts';
import { dryRunFlag, dryRunOf, dryRunSuffix } from '../../../extension-points/commands/resources/selection-flags.ts';
import { typedForm } from '../../../extension-points/commands/typed-objects/typed-form.ts';
import { requireExposable } from './exposed-parts.ts';
import { type ServiceWishes, serviceOf } from './service-of.ts';

const exposeFlags = {
  ...outputFlags,
  ...recordFlag,
  ...fileFlags('with the objects to expose'),
  ...saveConfigFlag,
  ...overrideFlags,
  ...fieldManagerFlag('kubectl-expose'),
  'dry-run': dryRunFlag,
  'cluster-ip': { type: 'string', description: 'The address to have; none: any that is free; None: no address (headless).' },
  'external-ip': { type: 'string', description: 'One more address that leads to the service, if the network brings it to a node.' },
  labels: { type: 'string', shorthand: 'l', description: 'Labels of the service.' },
  'load-balancer-ip': { type: 'string', description: 'The address of the load balancer; none: the provider chooses.' },
  name: { type: 'string', description: 'The name of the service; none: that of the object.' },
  port: { type: 'string', description: 'The port of the service; none: those of the object.' },
  protocol: { type: 'string', description: 'The protocol of the port. Default: that of the object, or TCP.' },
  selector: { type: 'string', description: 'The labels of the pods, KEY=VALUE; none: those that the object selects.' },
  'session-affinity': { type: 'string', description: "'ClientIP': a client comes to the same pod every time; 'None'." },
  'target-port': { type: 'string', description: 'The port of the pods, a number or a name; none: the same.' },
  type: { type: 'string', description: 'ClusterIP, NodePort, LoadBalancer or ExternalName. Default: ClusterIP.' },
} as const;
type ExposeContext = CommandContext<typeof exposeFlags>;

const exposable = ['pod', 'service', 'replicationcontroller', 'deployment', 'replicaset'];
const serviceType = { group: '', version: 'v1', resource: 'services', kind: 'Service', namespaced: true } as const;

export const exposeCommand = defineCommand({
  name: 'expose',
  group: 'Basic Commands (Beginner):',
  short: 'Take a replication controller, service, deployment or pod and expose it as a new Kubernetes service',
  long: `
    Create a service for the pods of a pod, service, replication controller, deployment or replica set.

    The service selects the pods that the object selects; a deployment or replica set must do so by labels alone. Ports and labels that are not given are those of the object.`,
  examples: `
    # Port 80 of the service is port 8000 of the pods
    $PROGRAM expose rc nginx --port=80 --target-port=8000

    # Of what a file names
    $PROGRAM expose -f nginx-controller.yaml --port=80 --target-port=8000

    # A pod, under another name
    $PROGRAM expose pod valid-pod --port=444 --name=frontend

    # One more service for the pods of a service
    $PROGRAM expose service nginx --port=443 --target-port=8443 --name=nginx-https

    # By UDP
    $PROGRAM expose rc streamer --port=4100 --protocol=UDP --name=video-stream

    # A deployment
    $PROGRAM expose deployment nginx --port=80 --target-port=8000`,
  usage:
    'expose (-f FILENAME | TYPE NAME) [--port=port] [--protocol=TCP|UDP|SCTP] [--target-port=number-or-name] [--name=name] [--external-ip=external-ip-of-service] [--type=type]',
  flags: exposeFlags,
  complete: (context, toComplete) => completeResources(context, toComplete, { types: exposable }),
  async run(context) {
    const { args, cluster, directory, flags, streams } = context;
    const suffix = dryRunSuffix(dryRunOf(flags['dry-run']));
    const printer = await createPrinter(flags, { operation: 'exposed', suffix, directory });
    const namespace = cluster.namespace();
    const selection = await findResources(context, {
      args,
      files: fileSourcesOf(flags),
      namespace: namespace.name,
      requiresNamespace: namespace.isExplicit,
      flattens: true,
      continuesOnError: true,
    });
    await selection.visit(async ({ resource, object }) => {
      requireExposable(resource);
      const service = typedForm(await withOverrides(serviceOf(object!, wishesOf(flags)), flags));
      const result = await createService(context, recorded(context, service), namespace);
      streams.stdout.write(printer.print(result) + printer.flush());
    });
  },
});

const wishesOf = (flags: ExposeContext['flags']): ServiceWishes => ({
  ...flags,
  targetPort: flags['target-port'],
  externalIp: flags['external-ip'],
  loadBalancerIp: flags['load-balancer-ip'],
  sessionAffinity: flags['session-affinity'],
  clusterIp: flags['cluster-ip'],
});

async function createService(
  { cluster, flags }: ExposeContext,
  service: UntypedObject,
  namespace: { name: string; isExplicit: boolean },
): Promise<UntypedObject> {
  const dryRun = dryRunOf(flags['dry-run']);
  if (dryRun === 'client') {
    const { name, ...metadata } = service.metadata;
    return namespace.isExplicit ? typedForm({ ...service, metadata: { name, namespace: namespace.name, ...metadata } } as UntypedObject) : service;
  }
  const request = { dryRun: dryRun === 'server', fieldManager: flags['field-manager'] };
  const wanted = withSavedConfiguration(service, flags['save-config']);
  return createObject(cluster.client(), { resource: serviceType, namespace: namespace.name }, wanted, request);
}
