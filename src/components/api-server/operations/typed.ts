import type { KubernetesObject, UntypedObject } from '../../../api/object.ts';

/** The edge from objects reached by name to the type of their kind: the pipeline has checked them against its schema. */
export const typed = <T extends KubernetesObject>(object: UntypedObject): T => object as unknown as T;
