import { escapeFieldValue } from '../../../../api/field-selector.ts';
import type { Lease } from '../../../../api/generated/coordination-v1.ts';
import type { Node, Pod, Taint } from '../../../../api/generated/core-v1.ts';
import { leases, nodes, pods as podResource, resourceslices } from '../../../../api/generated/resource-types.ts';
import type { ResourceSlice } from '../../../../api/generated/resource-v1.ts';
import { ApiError } from '../../../../api/status.ts';
import { compareText } from '../../../../extension-points/commands/printers/go-values.ts';
import { getObject } from '../../../../extension-points/commands/resources/object-requests.ts';
import { type DescribeContext, defineDescriber, type Section } from '../contract.ts';
import { searchEvents, subjectOf } from '../events.ts';
import { listObjects } from '../list-objects.ts';
import { writeLines } from '../page/multi-line.ts';
import { amountText, type ResourceList, resourceNames } from '../page/quantities.ts';
import { localTime } from '../page/times.ts';
import { annotationsSection, createdSection, field, fieldIfSet, labelsSection, nameSection } from '../sections.ts';
import { writeNodePods } from './node-pods.ts';
import { writeNodeSlices } from './node-slices.ts';

interface Facts {
  /** Absent for who may not see pods. */
  readonly pods: readonly Pod[] | undefined;
  readonly lease: Lease | Error;
  readonly slices: readonly ResourceSlice[];
}

const conditionsSection: Section<Node> = (page, { status }) => {
  const conditions = status?.conditions ?? [];
  if (conditions.length === 0) return;
  page.write(0, 'Conditions:\n  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage\n');
  page.line(1, '----', '------', '-----------------', '------------------', '------', '-------');
  for (const { type, status: value, lastHeartbeatTime, lastTransitionTime, reason = '', message = '' } of conditions)
    page.line(1, `${type} `, `${value} `, `${localTime(lastHeartbeatTime)} `, `${localTime(lastTransitionTime)} `, `${reason} `, message);
};

const leaseSection: Section<Node, Facts> = (page, _node, { lease }) => {
  if (lease instanceof Error) return page.field(0, 'Lease', `Failed to get lease: ${lease.message}`);
  const { holderIdentity, acquireTime, renewTime } = lease.spec ?? {};
  page.line(0, 'Lease:');
  page.field(1, 'HolderIdentity', holderIdentity ?? '<unset>');
  page.field(1, 'AcquireTime', acquireTime ? localTime(acquireTime) : '<unset>');
  page.field(1, 'RenewTime', renewTime ? localTime(renewTime) : '<unset>');
};

const resourceSection =
  (title: string, list: (node: Node) => ResourceList | undefined): Section<Node> =>
  (page, node) => {
    const names = resourceNames(list(node));
    if (names.length > 0) page.line(0, `${title}:`);
    for (const name of names) page.field(1, name, amountText(list(node)![name]));
  };

const systemSection: Section<Node> = (page, { status }) => {
  const system = status?.nodeInfo;
  page.line(0, 'System Info:');
  page.field(1, 'Machine ID', system?.machineID ?? '');
  page.field(1, 'System UUID', system?.systemUUID ?? '');
  page.field(1, 'Boot ID', system?.bootID ?? '');
  page.field(1, 'Kernel Version', system?.kernelVersion ?? '');
  page.field(1, 'OS Image', system?.osImage ?? '');
  page.field(1, 'Operating System', system?.operatingSystem ?? '');
  page.field(1, 'Architecture', system?.architecture ?? '');
  page.field(1, 'Container Runtime Version', system?.containerRuntimeVersion ?? '');
  page.field(1, 'Kubelet Version', system?.kubeletVersion ?? '');
};

export const nodeDescriber = defineDescriber<Node, Facts>({
  resources: [nodes],
  find: findFacts,
  sections: [
    nameSection,
    field('Roles', ({ metadata }) => rolesOf(metadata.labels).join(',') || '<none>'),
    labelsSection,
    annotationsSection,
    createdSection,
    (page, { spec }) => writeLines(page, 'Taints', taintTexts(spec?.taints)),
    field('Unschedulable', ({ spec }) => spec?.unschedulable ?? false),
    leaseSection,
    conditionsSection,
    (page, { status }) => {
      page.line(0, 'Addresses:');
      for (const { type, address } of status?.addresses ?? []) page.field(1, type, address);
    },
    resourceSection('Capacity', ({ status }) => status?.capacity),
    resourceSection('Allocatable', ({ status }) => status?.allocatable),
    (page, _node, { slices }) => writeNodeSlices(page, slices),
    systemSection,
    fieldIfSet('PodCIDR', ({ spec }) => spec?.podCIDR),
    fieldIfSet('PodCIDRs', ({ spec }) => spec?.podCIDRs?.join(',')),
    fieldIfSet('ProviderID', ({ spec }) => spec?.providerID),
    (page, node, { pods, now }) => (pods ? writeNodePods(page, node, pods, now) : page.field(0, 'Pods', 'not authorized')),
  ],
  // Controllers tell of a node by its UID, its agent by its name.
  async events(node, context) {
    const subject = subjectOf(node);
    const [byUid, byName] = await Promise.all([searchEvents(context, subject), searchEvents(context, { ...subject, uid: subject.name })]);
    return [...byUid, ...byName];
  },
});

async function findFacts({ metadata }: Node, context: DescribeContext): Promise<Facts> {
  const name = metadata.name ?? '';
  const fieldSelector = `spec.nodeName=${escapeFieldValue(name)},status.phase!=Failed,status.phase!=Succeeded`;
  const [pods, lease, slices] = await Promise.all([
    listObjects(context, { resource: podResource }, { fieldSelector }).catch((error: unknown) => {
      if (error instanceof ApiError && error.reason === 'Forbidden') return undefined;
      throw error;
    }),
    getObject(context.client, { resource: leases, namespace: 'kube-node-lease', name }).catch((error: unknown) => error as Error),
    // Servers without devices have none, and so has who may not read them.
    listObjects(context, { resource: resourceslices }, { fieldSelector: `spec.nodeName=${escapeFieldValue(name)}` }).catch(() => []),
  ]);
  return { pods, lease: lease as Lease | Error, slices };
}

const rolePrefix = 'node-role.kubernetes.io/';

function rolesOf(labels: Readonly<Record<string, string>> = {}): string[] {
  const roles = Object.entries(labels).flatMap(([name, value]) => {
    if (name.startsWith(rolePrefix)) return [name.slice(rolePrefix.length)];
    return name === 'kubernetes.io/role' ? [value] : [];
  });
  return [...new Set(roles.filter((role) => role !== ''))].sort(compareText);
}

const taintTexts = (taints: readonly Taint[] = []): string[] =>
  [...taints]
    .sort((left, right) => compareText(`${left.effect},${left.key}`, `${right.effect},${right.key}`))
    .map(({ key, value = '', effect }) => `${key}${value === '' ? '' : `=${value}`}${effect ? `:${effect}` : value === '' ? '' : ':'}`);
