import type { UntypedObject } from '../../../api/object.ts';
import type { ResourcePrinter } from './contract.ts';
import { jsonText } from './json-text.ts';
import { yamlText } from './yaml-text.ts';

export interface PlainOptions {
  readonly showsManagedFields: boolean;
}

export const jsonPrinter = (options: PlainOptions): ResourcePrinter => ({
  print: (object) => jsonText(shown(object, options)),
  flush: () => '',
});

/** Several objects are documents of one stream. */
export function yamlPrinter(options: PlainOptions): ResourcePrinter {
  let count = 0;
  return {
    print: (object) => (count++ > 0 ? '---\n' : '') + yamlText(shown(object, options)),
    flush: () => '',
  };
}

/**
 * `pod/name`, or `pod/name created` when there is an operation to tell of. Lists are told item by item. `suffix` follows the operation: ` (dry run)`.
 */
export function namePrinter({
  operation = '',
  suffix = '',
  isShort = operation === '',
}: {
  operation?: string;
  suffix?: string;
  isShort?: boolean;
} = {}): ResourcePrinter {
  const line = (object: UntypedObject): string => {
    const name = object.metadata?.name || '<unknown>';
    return isShort || operation === '' ? `${qualifiedKind(object)}/${name}\n` : `${qualifiedKind(object)}/${name} ${operation}${suffix}\n`;
  };
  return {
    print(object) {
      const items = object['items'];
      return Array.isArray(items) && object.kind?.endsWith('List') ? (items as UntypedObject[]).map(line).join('') : line(object);
    },
    flush: () => '',
  };
}

/** `pod`, `deployment.apps`: the kind in lower case, with its group. */
export function qualifiedKind({ apiVersion = '', kind = '' }: UntypedObject): string {
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? '' : apiVersion.slice(0, slash);
  return group === '' ? (kind || '<unknown>').toLowerCase() : `${kind.toLowerCase()}.${group}`;
}

/** Without `metadata.managedFields`, unless they are wanted; lists item by item. */
export function shown(object: UntypedObject, { showsManagedFields }: PlainOptions): UntypedObject {
  if (showsManagedFields) return object;
  const items = object['items'];
  const bare = withoutManagedFields(object);
  return Array.isArray(items) ? { ...bare, items: (items as UntypedObject[]).map(withoutManagedFields) } : bare;
}

function withoutManagedFields(object: UntypedObject): UntypedObject {
  if (object.metadata?.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
