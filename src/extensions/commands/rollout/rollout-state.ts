import { findCondition } from '../../../api/conditions.ts';
import type { DaemonSet, Deployment, StatefulSet } from '../../../api/generated/apps-v1.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { revisionOf } from './revisions.ts';

/** How far a rollout has come: a line to show, and whether it has arrived. */
export interface RolloutState {
  readonly text: string;
  readonly isDone: boolean;
}

type Viewer = (object: UntypedObject, revision: number) => RolloutState;

/** Tells the state of a kind's rollouts. Throws `no status viewer has been implemented for …`. */
export function stateViewer({ group, kind }: { readonly group: string; readonly kind: string }): Viewer {
  const viewer = group === 'apps' || group === 'extensions' ? viewers[kind] : undefined;
  if (!viewer) throw new Error(`no status viewer has been implemented for ${group === '' ? kind : `${kind}.${group}`}`);
  return viewer;
}

const waiting = (text: string): RolloutState => ({ text: `${text}...\n`, isDone: false });
const done = (text: string): RolloutState => ({ text: `${text}\n`, isDone: true });
const rollingOnly = (type: string | undefined): void => {
  if (type !== 'RollingUpdate') throw new Error('rollout status is only available for RollingUpdate strategy type');
};

function deploymentState(object: UntypedObject, revision: number): RolloutState {
  const { metadata, spec, status } = object as unknown as Deployment;
  const name = JSON.stringify(metadata.name);
  const current = revisionOf(object);
  if (revision > 0 && revision !== current) throw new Error(`desired revision (${revision}) is different from the running revision (${current})`);
  if ((metadata.generation ?? 0) > (status?.observedGeneration ?? 0)) return waiting('Waiting for deployment spec update to be observed');
  if (findCondition(status?.conditions, 'Progressing')?.reason === 'ProgressDeadlineExceeded')
    throw new Error(`deployment ${name} exceeded its progress deadline`);
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status ?? {};
  const start = `Waiting for deployment ${name} rollout to finish: `;
  if (spec?.replicas !== undefined && updatedReplicas < spec.replicas)
    return waiting(`${start}${updatedReplicas} out of ${spec.replicas} new replicas have been updated`);
  if (replicas > updatedReplicas) return waiting(`${start}${replicas - updatedReplicas} old replicas are pending termination`);
  if (availableReplicas < updatedReplicas) return waiting(`${start}${availableReplicas} of ${updatedReplicas} updated replicas are available`);
  return done(`deployment ${name} successfully rolled out`);
}

function daemonSetState(object: UntypedObject): RolloutState {
  const { metadata, spec, status } = object as unknown as DaemonSet;
  rollingOnly(spec?.updateStrategy?.type);
  if ((metadata.generation ?? 0) > (status?.observedGeneration ?? 0)) return waiting('Waiting for daemon set spec update to be observed');
  const { updatedNumberScheduled = 0, desiredNumberScheduled = 0, numberAvailable = 0 } = status ?? {};
  const name = JSON.stringify(metadata.name);
  const start = `Waiting for daemon set ${name} rollout to finish: `;
  if (updatedNumberScheduled < desiredNumberScheduled)
    return waiting(`${start}${updatedNumberScheduled} out of ${desiredNumberScheduled} new pods have been updated`);
  if (numberAvailable < desiredNumberScheduled) return waiting(`${start}${numberAvailable} of ${desiredNumberScheduled} updated pods are available`);
  return done(`daemon set ${name} successfully rolled out`);
}

function statefulSetState(object: UntypedObject): RolloutState {
  const { metadata, spec, status } = object as unknown as StatefulSet;
  rollingOnly(spec?.updateStrategy?.type);
  const observed = status?.observedGeneration ?? 0;
  if (observed === 0 || (metadata.generation ?? 0) > observed) return waiting('Waiting for statefulset spec update to be observed');
  const { readyReplicas = 0, updatedReplicas = 0, currentReplicas = 0, updateRevision = '', currentRevision = '' } = status ?? {};
  const wanted = spec?.replicas;
  if (wanted !== undefined && readyReplicas < wanted) return waiting(`Waiting for ${wanted - readyReplicas} pods to be ready`);
  const rollingUpdate = spec?.updateStrategy?.rollingUpdate;
  if (rollingUpdate) {
    const target = wanted === undefined || rollingUpdate.partition === undefined ? 0 : wanted - rollingUpdate.partition;
    if (updatedReplicas < target) return waiting(`Waiting for partitioned roll out to finish: ${updatedReplicas} out of ${target} new pods have been updated`);
    return done(`partitioned roll out complete: ${updatedReplicas} new pods have been updated...`);
  }
  if (updateRevision !== currentRevision)
    return waiting(`waiting for statefulset rolling update to complete ${updatedReplicas} pods at revision ${updateRevision}`);
  return done(`statefulset rolling update complete ${currentReplicas} pods at revision ${currentRevision}...`);
}

const viewers: Readonly<Record<string, Viewer>> = { Deployment: deploymentState, DaemonSet: daemonSetState, StatefulSet: statefulSetState };
