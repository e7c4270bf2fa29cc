/** The kind of a JSON value, as Go's decoder names it. */
export function goKind(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

const typeOfHead = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

/** What client-go's decoder says of a text that holds no object, and so no version and kind. */
export const noHead = (value: unknown): string =>
  `couldn't get version/kind; json parse error: json: cannot unmarshal ${goKind(value)} into Go value of type ${typeOfHead}`;
