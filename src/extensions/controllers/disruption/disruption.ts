import { isDeepStrictEqual } from 'node:util';
import type { Pod } from '../../../api/generated/core-v1.ts';
import type { LabelSelector } from '../../../api/generated/meta-v1.ts';
import type { PodDisruptionBudget } from '../../../api/generated/policy-v1.ts';
import { deployments, poddisruptionbudgets, pods, replicasets, replicationcontrollers, statefulsets } from '../../../api/generated/resource-types.ts';
import { keyOf, keyText, type ObjectKey } from '../../../api/object.ts';
import type { ResourceType } from '../../../api/resource-type.ts';
import { isConflict, isNotFound } from '../../../api/status.ts';
import type { ControllerDeps } from '../../../extension-points/controllers/contract.ts';
import { defineStatefulReconciler, type NamedController, type ReconcilerHost } from '../../../extension-points/controllers/reconcile.ts';
import { matchesSelector } from '../../../extension-points/controllers/selectors.ts';
import type { DiscoverResources } from '../../../extension-points/controllers/served-resources.ts';
import { DisposalStack } from '../../../kernel/disposal.ts';
import type { WorkOutcome } from '../../../kernel/work-queue.ts';
import { disruptionsOf, failedStatus, statusOf } from './budget-status.ts';
import { type ExpectationDeps, expectedPods } from './expected-pods.ts';
import { clearStaleDisruption, isMarked } from './stale-disruption.ts';

const name = 'disruption-controller';
/** A budget that could not be worked out is looked at again; what was missing may come without a word. */
const retryMs = 60_000;
/** Waited for: a scale that is not known yet must not be taken for none. */
const scaledTypes: readonly ResourceType[] = [replicasets, replicationcontrollers, statefulsets, deployments];

/**
 * Keeps the status of PodDisruptionBudgets, which is what evictions go by: how many pods there should be, how many are healthy, and how many may go. Also takes back the
 * condition `DisruptionTarget` of pods that were to go and did not.
 */
export function disruptionController({ discover }: { readonly discover: DiscoverResources }): NamedController {
  const budgets = defineStatefulReconciler({ name, primary: poddisruptionbudgets }, (host) => {
    const events = host.events.as(name);
    for (const type of scaledTypes) host.listen(type, {});
    listenToPods({ ...host, events });
    return (key, deps) => reconcile(key, { ...deps, events, discover });
  });
  const marked = defineStatefulReconciler(
    { name, primary: pods, workers: 1, predicate: { added: isMarked, updated: isMarked, deleted: () => false } },
    () => clearStaleDisruption,
  );
  return {
    name,
    async start(deps) {
      const stack = new DisposalStack();
      try {
        stack.use(await budgets.start(deps));
        stack.use(await marked.start(deps));
      } catch (error) {
        await stack[Symbol.asyncDispose]();
        throw error;
      }
      return stack;
    },
  };
}

function listenToPods({ informers, events, enqueue, listen }: ReconcilerHost): void {
  const budgetsOf = ({ metadata: { namespace, labels } }: Pod): PodDisruptionBudget[] =>
    informers
      .informer(poddisruptionbudgets)
      .list(namespace)
      .filter(({ spec }) => matchesSelector(spec.selector, labels));
  const tell = (budgets: readonly PodDisruptionBudget[]): void => {
    for (const budget of budgets) enqueue(keyOf(budget));
  };
  const shown = (pod: Pod): void => {
    const budgets = budgetsOf(pod);
    const [first, ...others] = budgets;
    if (first && others.length > 0) {
      const { namespace, name: podName } = pod.metadata;
      events.record(
        pod,
        'Warning',
        'MultiplePodDisruptionBudgets',
        `Pod ${JSON.stringify(namespace)}/${JSON.stringify(podName)} matches multiple PodDisruptionBudgets.  Chose ${JSON.stringify(first.metadata.name)} arbitrarily.`,
      );
    }
    tell(budgets);
  };
  listen(pods, {
    added: shown,
    updated(pod, old) {
      shown(pod);
      if (!isDeepStrictEqual(pod.metadata.labels, old.metadata.labels)) tell(budgetsOf(old));
    },
    deleted: (pod) => tell(budgetsOf(pod)),
  });
}

async function reconcile(key: ObjectKey, deps: ControllerDeps & ExpectationDeps): Promise<WorkOutcome | void> {
  const budget = deps.informers.informer(poddisruptionbudgets).get(key);
  if (!budget) return undefined;
  const write = async (status: PodDisruptionBudget['status']): Promise<void> =>
    void (await deps.client.replace(poddisruptionbudgets, { ...budget, status }, { subresource: 'status' }));
  try {
    return await bringUpToDate(budget, deps, write);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    if (isConflict(error)) throw error;
    await write(failedStatus(budget, error instanceof Error ? error.message : String(error), deps.clock.now()));
    deps.log.warn('a disruption budget could not be worked out', { budget: keyText(key), error });
    return { requeueAfterMs: retryMs };
  }
}

async function bringUpToDate(
  budget: PodDisruptionBudget,
  deps: ControllerDeps & ExpectationDeps,
  write: (status: PodDisruptionBudget['status']) => Promise<void>,
): Promise<WorkOutcome> {
  const { events, clock, informers } = deps;
  const { namespace = '' } = budget.metadata;
  const selected = informers
    .informer(pods)
    .list(namespace)
    .filter(({ metadata }) => matchesSelector(budget.spec.selector, metadata.labels));
  if (selected.length === 0) events.record(budget, 'Normal', 'NoPods', 'No matching pods found');
  const expectation = await expectedPods(budget, selected, deps).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    events.record(budget, 'Warning', 'CalculateExpectedPodCountFailed', `Failed to calculate the number of expected pods: ${why}`);
    throw error;
  });
  if (expectation.hasUnmanaged) events.record(budget, 'Warning', 'UnmanagedPods', unmanagedMessage(budget.spec.selector));
  const nowMs = clock.now();
  const { disruptedPods, overdue, recheckAtMs } = disruptionsOf(budget, selected, nowMs);
  // The namespace twice: upstream's wording.
  for (const pod of overdue) events.record(pod, 'Warning', 'NotDeleted', `Pod was expected by PDB ${namespace}/${namespace} to be deleted but it wasn't`);
  const status = statusOf(budget, selected, { ...expectation, disruptedPods, nowMs });
  if (status) await write(status);
  return recheckAtMs === undefined ? {} : { requeueAfterMs: recheckAtMs - nowMs + 1 };
}

const unmanagedMessage = (selector: LabelSelector | undefined): string =>
  `Pods selected by this PodDisruptionBudget (selector: ${selectorText(selector)}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated ` +
  'correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.';

/** A selector as Go prints it. */
function selectorText({ matchLabels = {}, matchExpressions = [] }: LabelSelector = {}): string {
  const labels = Object.entries(matchLabels)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([label, value]) => `${label}: ${value},`);
  const expressions = matchExpressions.map(
    ({ key, operator, values = [] }) => `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`,
  );
  return `&LabelSelector{MatchLabels:map[string]string{${labels.join('')}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join('')}},}`;
}
