import type { ObjectKey, UntypedObject } from '../../../api/object.ts';
import { groupVersion } from '../../../api/resource-type.ts';
import type { Schema } from '../../../api/schema.ts';
import type { ComputedObject, ComputedObjects, PrinterColumn, ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { age } from '../../../extension-points/resources/printer.ts';
import type { DecisionReader, NodeRefusal, RecordedAttempt, SchedulingAttempt } from '../../../extension-points/scheduling/decision.ts';
import type { SchedulingDecision } from '../../../extension-points/scheduling/decision-resources.ts';
import { decisionReaderService, schedulingdecisions } from '../../../extension-points/scheduling/decision-resources.ts';
import { attemptFields } from './attempt-schema.ts';

const schema: Schema = {
  type: 'object',
  description:
    'SchedulingDecision is one attempt to give a pod a node: what woke the pod, why nodes were refused, and why the chosen node won. Read-only and kept in memory: old ones are forgotten.',
  properties: { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: { type: 'object' }, ...attemptFields },
};

/** The attempts that the scheduler remembers, read through the service `scheduling-decisions` (a `DecisionReader`). */
export function schedulingDecisionDefinition(): ResourceDefinition {
  const { group, version, resource, kind, namespaced } = schedulingdecisions;
  return {
    group,
    resource,
    singular: 'schedulingdecision',
    kind,
    namespaced,
    shortNames: ['sd'],
    categories: ['decisions'],
    verbs: ['get', 'list'],
    storageVersion: version,
    schemas: new Map(),
    versions: [{ name: version, served: true, schema, columns }],
    computed: (services) => decisions(services.service<DecisionReader>(decisionReaderService)),
    selectableFieldNames: ['pod.name', 'pod.uid', 'result', 'nodeName'],
    selectableFields(object) {
      const { pod, result, nodeName = '' } = decisionOf(object);
      return { 'pod.name': pod.name, 'pod.uid': pod.uid, result, nodeName };
    },
  };
}

const decisions = (reader: DecisionReader): ComputedObjects => ({
  find({ namespace, name }: ObjectKey) {
    const found = namespace === undefined ? undefined : reader.find(namespace, name);
    return found && new Decision(found);
  },
  *all(namespace) {
    for (const recorded of reader.all(namespace)) yield new Decision(recorded);
  },
});

class Decision implements ComputedObject {
  readonly key: ObjectKey;
  readonly revision: number;
  readonly #recorded: RecordedAttempt;

  constructor(recorded: RecordedAttempt) {
    this.key = { namespace: recorded.namespace, name: recorded.name };
    this.revision = recorded.revision;
    this.#recorded = recorded;
  }

  get object(): UntypedObject {
    const { attempt } = this.#recorded;
    const { namespace = '', name } = this.key;
    const decision: SchedulingDecision = {
      apiVersion: groupVersion(schedulingdecisions),
      kind: schedulingdecisions.kind,
      metadata: { name, namespace, creationTimestamp: attempt.startTime.replace(/\.\d+Z$/, 'Z') },
      ...attempt,
    };
    return decision as unknown as UntypedObject;
  }
}

const decisionOf = (object: UntypedObject): SchedulingDecision => object as unknown as SchedulingDecision;

type Cell = (attempt: SchedulingAttempt, nowMs: number) => string | number;
const column = (name: string, description: string, cell: Cell, more: Partial<PrinterColumn> = {}): PrinterColumn => ({
  name,
  type: 'string',
  description,
  priority: 0,
  ...more,
  cell: (object, nowMs) => cell(decisionOf(object), nowMs),
});

const columns: readonly PrinterColumn[] = [
  column('Pod', 'The pod.', ({ pod }) => pod.name),
  column('Attempt', 'The number of the attempt.', ({ attempt }) => attempt, { type: 'integer' }),
  column('Result', 'What became of it.', ({ result }) => result),
  column('Node', 'The node that was chosen.', ({ nodeName, nominatedNodeName }) => nodeName ?? (nominatedNodeName ? `(${nominatedNodeName})` : '')),
  column('Feasible', 'How many nodes would do, of all.', ({ nodes }) => (nodes.total === 0 ? '' : `${nodes.feasible}/${nodes.total}`)),
  column('Reason', 'Why, in short.', reasonOf),
  column('Age', 'How long ago it began.', ({ startTime }, nowMs) => age(startTime, nowMs)),
  { name: 'Name', type: 'string', format: 'name', description: 'The name of this record.', priority: 1, cell: ({ metadata }) => metadata.name ?? '' },
];

const longestReason = 80;

function reasonOf({ result, plugin, endedAt, message = '', refusals }: SchedulingAttempt): string {
  if (result === 'Unschedulable' && refusals.length > 0) return short(refusals.map(refusalText).join(', '));
  if (result === 'Rejected' || result === 'Error') return short([endedAt, plugin].filter(Boolean).join(' ') || message);
  return short(message);
}

const refusalText = ({ count, reasons, plugin = '' }: NodeRefusal): string => `${count} ${reasons[0] ?? plugin}`;

const short = (text: string): string => (text.length > longestReason ? `${text.slice(0, longestReason - 1)}…` : text);
