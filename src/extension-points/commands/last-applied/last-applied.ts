import type { UntypedObject } from '../../../api/object.ts';
import { compactJson, inOwnOrder } from '../printers/json-text.ts';

/** Where `apply` keeps what it applied last. */
export const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration';

/** The configuration that was applied last, as JSON text; undefined when there is none. */
export function originalConfiguration({ metadata }: UntypedObject): string | undefined {
  return metadata.annotations?.[lastAppliedAnnotation];
}

/** The text that the annotation holds of an object: without the annotation itself, sorted, ended by a newline. */
export function configurationText(object: UntypedObject): string {
  const { [lastAppliedAnnotation]: _, ...annotations } = object.metadata.annotations ?? {};
  const { annotations: _annotations, ...metadata } = object.metadata;
  // Go's types leave an empty map out; objects without types keep it.
  const isLeftOut = inOwnOrder in object && Object.keys(annotations).length === 0;
  return `${compactJson({ ...object, metadata: isLeftOut ? metadata : { ...object.metadata, annotations } })}\n`;
}

/** The object with its own configuration in the annotation. */
export function withLastApplied(object: UntypedObject): UntypedObject {
  const annotations = { ...object.metadata.annotations, [lastAppliedAnnotation]: configurationText(object) };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** `--save-config`: with it the annotation is made, without it only kept up to date where there is one. */
export function withSavedConfiguration(object: UntypedObject, saves: boolean): UntypedObject {
  return saves || originalConfiguration(object) ? withLastApplied(object) : object;
}
