import type { FlowSchema, FlowSchemaCondition, PriorityLevelConfiguration, Subject } from '../../../api/generated/flowcontrol-v1.ts';
import { timeText } from '../../../kernel/clock.ts';

const apiVersion = 'flowcontrol.apiserver.k8s.io/v1';
const annotations = { 'apf.kubernetes.io/autoupdate-spec': 'true' };

/** Name, shares, percent that may be lent, then queues, hand size and queue length; without queues excess requests are refused. `exempt` is beside this. */
const priorityLevelTable = `
catch-all 5 0
global-default 20 50 128 6 50
leader-election 10 0 16 4 50
node-high 40 25 64 6 50
system 30 33 64 6 50
workload-high 40 50 128 6 50
workload-low 100 90 128 6 50
`;

/**
 * Name, priority level, precedence, distinguisher, subjects, then what: `all`, `resources`, `paths:` or resource rules as
 * `verbs|groups|resources|namespaces` (`cluster` for cluster-scoped requests, `cluster,*` for all). Several subjects and rules are joined by `;`.
 */
const flowSchemaTable = `
exempt exempt 1 - Group/system:masters all
probes exempt 2 - Group/system:unauthenticated;Group/system:authenticated paths:/healthz,/readyz,/livez
system-leader-election leader-election 100 ByUser User/system:kube-controller-manager;User/system:kube-scheduler;ServiceAccount/kube-system/* get,create,update|coordination.k8s.io|leases|*
system-node-high node-high 400 ByUser Group/system:nodes *|core|nodes,nodes/status|cluster,*;*|coordination.k8s.io|leases|*
system-nodes system 500 ByUser Group/system:nodes all
kube-controller-manager workload-high 800 ByNamespace User/system:kube-controller-manager all
kube-scheduler workload-high 800 ByNamespace User/system:kube-scheduler all
kube-system-service-accounts workload-high 900 ByNamespace ServiceAccount/kube-system/* all
service-accounts workload-low 9000 ByUser Group/system:serviceaccounts all
global-default global-default 9900 ByUser Group/system:unauthenticated;Group/system:authenticated all
catch-all catch-all 10000 ByUser Group/system:unauthenticated;Group/system:authenticated all
`;

/** The mandatory and the suggested priority levels. */
export function priorityLevelObjects(): PriorityLevelConfiguration[] {
  const level = (name: string, spec: PriorityLevelConfiguration['spec']): PriorityLevelConfiguration => ({
    apiVersion,
    kind: 'PriorityLevelConfiguration',
    metadata: { name, annotations },
    spec,
    status: {},
  });
  const limited = rows(priorityLevelTable).map(([name = '', ...numbers]) => {
    const [nominalConcurrencyShares, lendablePercent, queues, handSize, queueLengthLimit] = numbers.map(Number);
    const limitResponse =
      queues === undefined ? { type: 'Reject' } : { type: 'Queue', queuing: { queues, handSize: handSize!, queueLengthLimit: queueLengthLimit! } };
    return level(name, { type: 'Limited', limited: { nominalConcurrencyShares: nominalConcurrencyShares!, lendablePercent: lendablePercent!, limitResponse } });
  });
  return [level('exempt', { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } }), ...limited];
}

/** The mandatory and the suggested flow schemas; all their priority levels exist, and their status says so. */
export function flowSchemaObjects(nowMs: number): FlowSchema[] {
  return rows(flowSchemaTable).map(([name = '', level = '', precedence, distinguisher = '-', subjects = '', what = '']) => ({
    apiVersion,
    kind: 'FlowSchema',
    metadata: { name, annotations },
    spec: {
      priorityLevelConfiguration: { name: level },
      matchingPrecedence: Number(precedence),
      ...(distinguisher === '-' ? {} : { distinguisherMethod: { type: distinguisher } }),
      rules: [{ subjects: subjects.split(';').map(subject), ...requests(what) }],
    },
    status: { conditions: [danglingCondition(level, true, nowMs)] },
  }));
}

/** What the status of a flow schema says of the priority level it refers to. */
export const danglingCondition = (level: string, isThere: boolean, nowMs: number): Required<FlowSchemaCondition> => ({
  type: 'Dangling',
  status: isThere ? 'False' : 'True',
  lastTransitionTime: timeText(nowMs),
  reason: isThere ? 'Found' : 'NotFound',
  message: `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)} ${isThere ? 'and it exists' : 'but there is no such object'}`,
});

const rows = (table: string): string[][] =>
  table
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(' '));

function subject(text: string): Subject {
  const [kind = '', first = '', second = ''] = text.split('/');
  if (kind === 'ServiceAccount') return { kind, serviceAccount: { namespace: first, name: second } };
  return kind === 'User' ? { kind, user: { name: first } } : { kind, group: { name: first } };
}

type Requests = Pick<NonNullable<FlowSchema['spec']['rules']>[number], 'resourceRules' | 'nonResourceRules'>;

function requests(text: string): Requests {
  const everything = { verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] };
  if (text === 'all') return { resourceRules: [everything], nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }] };
  if (text.startsWith('paths:')) return { nonResourceRules: [{ verbs: ['get'], nonResourceURLs: text.slice(6).split(',') }] };
  const resourceRules = text.split(';').map((rule) => {
    const [verbs = '', groups = '', resources = '', scope = ''] = rule.split('|');
    const apiGroups = groups.split(',').map((group) => (group === 'core' ? '' : group));
    const places = scope.split(',');
    const namespaces = places.filter((place) => place !== 'cluster');
    return {
      verbs: verbs.split(','),
      apiGroups,
      resources: resources.split(','),
      ...(places.includes('cluster') ? { clusterScope: true } : {}),
      ...(namespaces.length > 0 ? { namespaces } : {}),
    };
  });
  return { resourceRules };
}
