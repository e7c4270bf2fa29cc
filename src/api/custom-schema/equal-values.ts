/** Whether two JSON values are equal, whatever the order of their fields. */
export function equalValues(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left)) return Array.isArray(right) && left.length === right.length && left.every((item, index) => equalValues(item, right[index]));
  if (Array.isArray(right)) return false;
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length && names.every((name) => Object.hasOwn(right, name) && equalValues(valueOf(left, name), valueOf(right, name)))
  );
}

const valueOf = (object: object, name: string): unknown => (object as Readonly<Record<string, unknown>>)[name];
