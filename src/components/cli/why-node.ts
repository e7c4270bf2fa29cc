import type { Node, Pod } from '../../api/generated/core-v1.ts';
import { nodes, pods } from '../../api/generated/resource-types.ts';
import { isNotFound } from '../../api/status.ts';
import type { Client } from '../../client/client.ts';
import { devicedecisions } from '../../extension-points/devices/decision.ts';
import { requireCluster } from './cluster-client.ts';
import { connectToCluster } from './cluster-https-client.ts';
import { dataDirectoryOf } from './directories.ts';
import { fetchJson } from './fetch-json.ts';
import { type DeviceReport, readNodeDevices } from './node-devices.ts';
import { renderStory } from './render-story.ts';
import { type NodeFacts, tellNode } from './why-node-story.ts';

/** Tells why a node has the devices it has, and none where it has none. Exit code 1 when there is no such node. */
export async function whyNode(
  name: string,
  { resource, output, ...options }: { readonly resource?: string; readonly output: 'story' | 'json'; readonly dataDir?: string },
): Promise<number> {
  await using client = connectToCluster(options);
  const node = await client.get<Node>(nodes, { name }).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
  if (!node) {
    process.stdout.write(`node ${name} is not there; kubectl get nodes lists those that are\n`);
    return 1;
  }
  const cluster = requireCluster(dataDirectoryOf(options));
  const [devices, wanted, decisions] = await Promise.all([
    readNodeDevices(node, (path) => fetchJson<DeviceReport>(cluster, path)),
    wantedResources(client, name),
    client.list(devicedecisions, { fieldSelector: `nodeName=${name},result=Refused` }),
  ]);
  const refusals = decisions.items
    .filter(({ allocations, reason = '' }) => isAbout(resource, allocations, reason))
    .sort((left, right) => (left.time < right.time ? -1 : 1));
  const facts: NodeFacts = { devices, wanted, refusals, nowMs: Date.now(), ...(resource === undefined ? {} : { resource }) };
  const story = tellNode(facts);
  process.stdout.write(output === 'json' ? `${JSON.stringify({ node: name, ...story, devices }, null, 2)}\n` : renderStory(story));
  return 0;
}

const isAbout = (resource: string | undefined, allocations: readonly { readonly resource: string }[], reason: string): boolean =>
  resource === undefined || reason === `OutOf${resource}` || allocations.some((allocation) => allocation.resource === resource);

/** Extended resources and huge pages that pods ask for which wait for a node, or are on this one. */
async function wantedResources(client: Client, nodeName: string): Promise<readonly string[]> {
  const [here, waiting] = await Promise.all([
    client.list<Pod>(pods, { fieldSelector: `spec.nodeName=${nodeName}` }),
    client.list<Pod>(pods, { fieldSelector: 'spec.nodeName=,status.phase=Pending' }),
  ]);
  const names = [...here.items, ...waiting.items].flatMap(({ spec }) =>
    [...(spec.initContainers ?? []), ...spec.containers].flatMap(({ resources }) => Object.keys(resources?.limits ?? {})),
  );
  return [...new Set(names)].filter((name) => name.includes('/') || name.startsWith('hugepages-'));
}
