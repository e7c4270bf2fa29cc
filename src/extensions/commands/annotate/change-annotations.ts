import { parsePairs } from '../../../extension-points/commands/changes/pairs.ts';
import { changeCauseAnnotation } from '../../../extension-points/commands/changes/record.ts';

type Annotations = Readonly<Record<string, string>>;

export interface AnnotationChange {
  readonly set: ReadonlyMap<string, string>;
  readonly remove: readonly string[];
}

/** Reads `KEY=VALUE` and `KEY-`. Throws with kubectl's words. */
export const parseAnnotations = (words: readonly string[]): AnnotationChange => parsePairs(words, 'annotation', { mayRemove: true });

/** Throws for annotations that are to be set and taken away at once. */
export function refuseContradictions({ set, remove }: AnnotationChange): void {
  const both = remove.filter((key) => set.has(key));
  if (both.length > 0) throw new Error(`can not both modify and remove the following annotation(s) in the same command: ${both.join(', ')}`);
}

/** The annotations with the change made. Throws when one has another value and may not be overwritten; the cause of the last change always may. */
export function changeAnnotations(annotations: Annotations, { set, remove }: AnnotationChange, { overwrite }: { readonly overwrite: boolean }): Annotations {
  const refused = [...set].filter(([key, value]) => key !== changeCauseAnnotation && Object.hasOwn(annotations, key) && annotations[key] !== value);
  if (!overwrite && refused.length > 0) {
    const list = refused.map(([key]) => `'${key}' already has a value (${annotations[key]})`).join('; ');
    throw new Error(`--overwrite is false but found the following declared annotation(s): ${list}`);
  }
  const changed: Record<string, string> = { ...annotations, ...Object.fromEntries(set) };
  for (const key of remove) delete changed[key];
  return changed;
}
