import type { FlagTable } from '../contract.ts';
import type { UntypedObject } from '../../../api/object.ts';

export const saveConfigFlag = {
  'save-config': {
    type: 'boolean',
    description: 'Keep what is sent in an annotation of the object, so that it can be changed with apply later.',
  },
} as const satisfies FlagTable;

/** Where apply keeps what it was given last. */
export const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration';

/** The object with itself in its annotation: `--save-config`. An object that has the annotation already gets the new text. */
export function withSavedConfiguration(object: UntypedObject): UntypedObject {
  const { [lastAppliedAnnotation]: _, ...annotations } = object.metadata.annotations ?? {};
  const bare = { ...object, metadata: { ...object.metadata, annotations } } as UntypedObject;
  const text = `${goJson(bare)}\n`;
  return { ...bare, metadata: { ...bare.metadata, annotations: { ...annotations, [lastAppliedAnnotation]: text } } };
}

/** As Go's encoder escapes. */
const goJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
