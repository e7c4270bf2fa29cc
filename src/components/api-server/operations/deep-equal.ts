/** Whether two JSON values say the same. The order of object fields does not count; an absent field and an undefined one are the same. */
export function deepEqual(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left)) return Array.isArray(right) && left.length === right.length && left.every((item, index) => deepEqual(item, right[index]));
  if (Array.isArray(right)) return false;
  const leftFields = left as Record<string, unknown>;
  const rightFields = right as Record<string, unknown>;
  for (const name of Object.keys(leftFields)) if (!deepEqual(leftFields[name], rightFields[name])) return false;
  for (const name of Object.keys(rightFields)) if (rightFields[name] !== undefined && leftFields[name] === undefined) return false;
  return true;
}
