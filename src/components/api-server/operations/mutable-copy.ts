/** Copies a JSON value so that the copy may be changed. Fields that are undefined are left out, as JSON would. */
export function mutableCopy<T>(value: T): T {
  return copy(value) as T;
}

function copy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => (item === undefined ? null : copy(item)));
  const result: Record<string, unknown> = {};
  for (const name of Object.keys(value)) {
    const inner = (value as Record<string, unknown>)[name];
    if (inner === undefined) continue;
    if (name === '__proto__') Object.defineProperty(result, name, { value: copy(inner), enumerable: true, configurable: true, writable: true });
    else result[name] = copy(inner);
  }
  return result;
}
