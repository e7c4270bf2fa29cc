import type { Container, Pod } from '../../../api/generated/core-v1.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { queryText } from '../../../client/request-paths.ts';
import { readBody } from '../../../client/response-body.ts';
import { type CommandContext, defineCommand } from '../../../extension-points/commands/contract.ts';
import { messageOf } from '../../../extension-points/commands/errors/error-text.ts';
import { inOwnOrder } from '../../../extension-points/commands/printers/json-text.ts';
import { createPrinter, outputFlags } from '../../../extension-points/commands/printers/output-flags.ts';
import { typedForm } from '../../../extension-points/commands/typed-objects/typed-form.ts';
import { createDumpFiles, type DumpFiles } from './dump-files.ts';

/** What is dumped of each namespace, by the name of its file. */
const kinds: readonly { readonly file: string; readonly root: string; readonly resource: string; readonly kind: string }[] = [
  { file: 'events', root: '/api/v1', resource: 'events', kind: 'EventList' },
  { file: 'replication-controllers', root: '/api/v1', resource: 'replicationcontrollers', kind: 'ReplicationControllerList' },
  { file: 'services', root: '/api/v1', resource: 'services', kind: 'ServiceList' },
  { file: 'daemonsets', root: '/apis/apps/v1', resource: 'daemonsets', kind: 'DaemonSetList' },
  { file: 'deployments', root: '/apis/apps/v1', resource: 'deployments', kind: 'DeploymentList' },
  { file: 'replicasets', root: '/apis/apps/v1', resource: 'replicasets', kind: 'ReplicaSetList' },
  { file: 'pods', root: '/api/v1', resource: 'pods', kind: 'PodList' },
];
const maximumLogBytes = 256 * 1024 * 1024;

export const dumpCommand = defineCommand({
  name: 'dump',
  short: 'Dump relevant information for debugging and diagnosis',
  long: `
    Dump nodes, and events, workloads, services, pods and the logs of their containers of some namespaces, to find out what is wrong with a cluster.

    Everything goes to standard output, or into files below --output-directory, a folder per namespace and pod. Without --namespaces or --all-namespaces these are kube-system
    and the current one.`,
  usage: 'dump [flags]',
  examples: `
    # The state of the cluster
    $PROGRAM cluster-info dump

    # The same into files
    $PROGRAM cluster-info dump --output-directory=/path/to/cluster-state

    # Some namespaces
    $PROGRAM cluster-info dump --namespaces default,kube-system --output-directory=/path/to/cluster-state`,
  flags: {
    ...outputFlags,
    output: { ...outputFlags.output, default: 'json' },
    'all-namespaces': { type: 'boolean', shorthand: 'A', description: 'Dump all namespaces, whatever --namespaces says.' },
    namespaces: { type: 'list', description: 'Namespaces to dump, with commas between.' },
    'output-directory': { type: 'string', description: "Folder to write files to. Empty or '-': standard output." },
    'pod-running-timeout': { type: 'duration', default: 20_000, description: 'Accepted for compatibility: logs are read of whatever runs.' },
  },
  async run(context) {
    const { flags, cluster, streams, directory } = context;
    const printer = await createPrinter(flags, { directory });
    if (flags.output === 'name') throw new Error('list types are not supported by name printing: *v1.NodeList');
    const target = flags['output-directory'];
    const files = createDumpFiles({ target, directory, output: flags.output, streams });
    const dump = async (path: string, list: ListRequest): Promise<UntypedObject[]> => {
      const { metadata, items } = await cluster.client().json<StoredList>({ method: 'GET', path: list.path });
      const typed = (items ?? []).map((item) => typedForm({ ...item, apiVersion: list.apiVersion, kind: list.kind.slice(0, -'List'.length) }));
      files.write(path, printer.print(listOf(list, metadata, typed)) + printer.flush());
      return typed;
    };
    await dump('nodes', { path: '/api/v1/nodes', apiVersion: 'v1', kind: 'NodeList' });
    for (const namespace of await namespacesOf(context)) {
      for (const { file, root, resource, kind } of kinds) {
        const apiVersion = root.replace(/^\/apis?\//, '');
        const items = await dump(`${namespace}/${file}`, { path: `${root}/namespaces/${encodeURIComponent(namespace)}/${resource}`, apiVersion, kind });
        if (file === 'pods') for (const pod of items as unknown as Pod[]) await dumpLogs(context, files, pod);
      }
    }
    if (target !== '' && target !== '-') streams.stdout.write(`Cluster info dumped to ${target}\n`);
  },
});

interface ListRequest {
  readonly path: string;
  readonly apiVersion: string;
  readonly kind: string;
}

interface StoredList {
  readonly metadata: UntypedObject['metadata'];
  readonly items?: readonly UntypedObject[] | null;
}

/** As Go's types stand: items have no type of their own, and no items are null. */
function listOf({ apiVersion, kind }: ListRequest, metadata: StoredList['metadata'], items: readonly UntypedObject[]): UntypedObject {
  const bare = items.map(({ kind: _kind, apiVersion: _apiVersion, ...item }) => item);
  return { kind, apiVersion, metadata, items: bare.length > 0 ? bare : null, [inOwnOrder]: true } as unknown as UntypedObject;
}

type DumpContext = Pick<CommandContext, 'cluster' | 'flags'>;

async function namespacesOf({ cluster, flags }: DumpContext): Promise<readonly string[]> {
  if (flags['all-namespaces'] === true) {
    const { items } = await cluster.client().json<{ items: UntypedObject[] }>({ method: 'GET', path: '/api/v1/namespaces' });
    return items.map(({ metadata }) => metadata.name ?? '');
  }
  const named = flags['namespaces'] as readonly string[];
  return named.length > 0 ? named : ['kube-system', cluster.namespace().name];
}

/** A log that cannot be read is told in its place. */
async function dumpLogs({ cluster }: DumpContext, files: DumpFiles, { metadata, spec }: Pod): Promise<void> {
  const { namespace = '', name = '' } = metadata;
  const texts: string[] = [];
  for (const container of [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]) {
    const title = `logs for container ${container.name} of pod ${namespace}/${name}`;
    texts.push(`==== START ${title} ====\n`, await logOf(cluster, { namespace, name, container }), `==== END ${title} ====\n`);
  }
  files.writeText(`${namespace}/${name}/logs`, texts.join(''));
}

async function logOf(
  cluster: CommandContext['cluster'],
  { namespace, name, container }: { namespace: string; name: string; container: Container },
): Promise<string> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}/log${queryText({ container: container.name })}`;
  try {
    const response = await cluster.client().raw({ method: 'GET', path });
    if (response.status === 200) return await readBody(response.body, maximumLogBytes);
    const { errorOfResponse } = await import('../../../client/response-body.ts');
    throw await errorOfResponse(response, { method: 'GET', path });
  } catch (error) {
    return `Request log error: ${error instanceof Error ? error.message : messageOf(error)}\n`;
  }
}
