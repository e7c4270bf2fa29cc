/** Reads JSON; numbers whose text says more than a double holds, or is written in another way, become their text. */
export function readJson(text: string): unknown {
  const reviver = (_key: string, value: unknown, { source }: { source?: string } = {}): unknown =>
    typeof value === 'number' && source !== undefined && source !== String(value) ? `the number ${source}` : value;
  try {
    return JSON.parse(text, reviver as (key: string, value: unknown) => unknown);
  } catch {
    return text;
  }
}

const times = new Set(['creationTimestamp', 'lastTransitionTime', 'time', 'deletionTimestamp', 'lastUpdateTime']);
const identities = new Set(['uid', 'resourceVersion', 'continue']);

/** An answer without what differs from run to run: identities, revisions, times of now, ages. */
export function comparable(value: unknown, name = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => comparable(item, name === 'cells' ? 'cell' : ''));
  if (typeof value !== 'object' || value === null) return comparableScalar(value, name);
  const fields = Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, comparable(inner, field)]));
  if (Array.isArray(fields['managedFields']))
    fields['managedFields'] = sortedBy(fields['managedFields'], ({ time: _, ...entry }) => JSON.stringify(entry, Object.keys(entry).sort()));
  // Upstream says that there is no more, and no object, where wherry says nothing.
  if (fields['continue'] === '') delete fields['continue'];
  if (Array.isArray(fields['cells']) && fields['object'] === null) delete fields['object'];
  if (fields['kind'] === 'Status') return comparableStatus(fields);
  if (fields['kind'] === 'CustomResourceDefinition' && fields['metadata']) delete (fields['metadata'] as Record<string, unknown>)['managedFields'];
  if (fields['kind'] === 'PartialObjectMetadataList') fields['items'] ??= [];
  // Wherry describes built-in fields in its own words.
  if (
    fields['priority'] !== undefined &&
    (fields['format'] === 'name' || /^(CreationTimestamp is|When the object was|The time since)/.test(String(fields['description'])))
  ) {
    delete fields['description'];
  }
  return fields;
}

/** A refused patch shows the object that it would have made, with its identity and times. */
const withoutObject = (text: string): string =>
  text.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uid>').replace(/(patch|Invalid value): (\\?")\{.*\}\2: /s, '$1: <object>: ');

const sortedBy = (items: readonly any[], key: (item: any) => string): unknown[] => items.toSorted((left, right) => (key(left) < key(right) ? -1 : 1));

/** Upstream finds several errors in an order that differs from run to run. */
function comparableStatus(status: Record<string, unknown>): unknown {
  const details = status['details'] as { causes?: unknown[] } | undefined;
  // Upstream checks metadata twice, and lists its causes as often.
  const causes = details?.causes && [...new Set(details.causes.map((cause) => withoutObject(JSON.stringify(cause))))].sort();
  const message = withoutObject(String(status['message']));
  const [start, list] = message.split(/: \[(.*)\]$/s);
  const [fault, faults] = message.split('errors:\n');
  return {
    ...status,
    message: faults ? [fault, ...faults.split('\n').sort()] : message,
    ...(causes ? { details: { ...details, causes } } : {}),
    ...(causes && list ? { message: [start, ...list.split(', ').sort()] } : {}),
  };
}

function comparableScalar(value: unknown, name: string): unknown {
  if (typeof value !== 'string') return value;
  if (name === 'cell' && /^\d+s$/.test(value)) return '<age>';
  if (name === 'cell' && /^\d+y$/.test(value)) return '<years>';
  if (name === 'cell' && isRecent(value)) return '<time>';
  if (times.has(name) && isRecent(value)) return '<time>';
  return identities.has(name) && value !== '' && value !== '0' && !value.startsWith('<') ? `<${name}>` : value;
}

/** What is written by the server lies within some hours; what the corpus writes does not. */
const isRecent = (text: string): boolean => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) && Math.abs(Date.parse(text) - Date.now()) < 12 * 3_600_000;

/** Standard output or error of kubectl without ages and times. */
export const comparableText = (text: string): string =>
  text
    .replace(/(^\* .*\n)+/gm, (errors) => errors.split('\n').sort().join('\n'))
    .replace(/\b\d+s$/gm, '<age>')
    .replace(/\b\d+y$/gm, '<years>')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, (time) => (isRecent(time) ? '<time>' : time));
