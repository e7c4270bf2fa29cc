import type { KubernetesObject } from '../../api/object.ts';
import type { Informer } from '../../client/informer.ts';
import { controllerOf } from './owner-references.ts';

const indexName = 'controller';

/** An object is found under its controller's uid, or under its namespace when nothing controls it. */
const valuesOf = (object: KubernetesObject): readonly string[] => [controllerOf(object)?.uid ?? `orphans/${object.metadata.namespace ?? ''}`];

/** Must be called once per start before `controlledBy` is used. */
export const addControllerIndex = <T extends KubernetesObject>(informer: Informer<T>): void => informer.addIndex(indexName, valuesOf);

/** Objects that `owner` controls. */
export const controlledBy = <T extends KubernetesObject>(informer: Informer<T>, owner: KubernetesObject): readonly T[] =>
  informer.byIndex(indexName, owner.metadata.uid ?? '');

/** Objects of a namespace that nothing controls. */
export const orphansIn = <T extends KubernetesObject>(informer: Informer<T>, namespace: string): readonly T[] =>
  informer.byIndex(indexName, `orphans/${namespace}`);
