/** What authors of controllers import as `wherry/controllers`. */
export { conditionTime, findCondition, isConditionTrue, setCondition } from '../../api/conditions.ts';
export { type CronSchedule, parseCronSchedule, scheduleProblem } from '../../api/cron-schedule.ts';
export type { KubernetesList, KubernetesObject, ObjectKey } from '../../api/object.ts';
export { keyOf, keyText, nameOf } from '../../api/object.ts';
export type { ResourceType } from '../../api/resource-type.ts';
export type { Client } from '../../client/client.ts';
export type { EventRecorder } from '../../client/events.ts';
export type { Informer, Informers } from '../../client/informer.ts';
export { connectionOf, inClusterConnection, kubeconfigPaths, loadKubeconfig } from '../../client/kubeconfig.ts';
export { type Clock, systemClock } from '../../kernel/clock.ts';
export { createLog, type Log } from '../../kernel/log.ts';
export type { WorkOutcome } from '../../kernel/work-queue.ts';
export type { Controller, ControllerDeps } from './contract.ts';
export { type FinalizerWork, withFinalizer } from './finalizer.ts';
export { controllerOf, controllerReference, isControlledBy } from './owner-references.ts';
export { all, annotationsChanged, any, generationChanged, labelsChanged, matching, not, type Predicate } from './predicates.ts';
export {
  defineReconciler,
  defineStatefulReconciler,
  type NamedController,
  type Reconcile,
  type ReconcilerDefinition,
  type ReconcilerHost,
  type WatchRule,
  watching,
} from './reconcile.ts';
export { type ServeControllersOptions, serveControllers } from './serve.ts';
export { updateStatus } from './status.ts';
