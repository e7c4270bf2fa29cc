/** The order of items in a list that a strategic merge patch changed: those of the patch as the patch orders them, between those only the server had. */

/**
 * Orders `merged`. Items that `order` names follow `order`; the others follow `original`; where both kinds were in `original`, its order decides which comes first,
 * else the patch's item does. `key` tells items apart when they are objects.
 */
export function mergedOrder(merged: readonly unknown[], order: readonly unknown[], original: readonly unknown[], key: string | undefined): unknown[] {
  const identity = identityBy(key);
  const patchPlaces = placesOf(order, identity);
  const serverPlaces = placesOf(original, identity);
  const fromPatch = merged.filter((item) => patchPlaces.has(identity(item)));
  const serverOnly = merged.filter((item) => !patchPlaces.has(identity(item)));
  const by = (places: ReadonlyMap<string, number>) => (left: unknown, right: unknown) =>
    (places.get(identity(left)) ?? places.size) - (places.get(identity(right)) ?? places.size);
  return interleave(serverOnly.sort(by(serverPlaces)), fromPatch.sort(by(patchPlaces)), (item) => serverPlaces.get(identity(item)));
}

function interleave(left: readonly unknown[], right: readonly unknown[], placeOf: (item: unknown) => number | undefined): unknown[] {
  const result: unknown[] = [];
  let atLeft = 0;
  let atRight = 0;
  while (atLeft < left.length || atRight < right.length) {
    if (atLeft === left.length) result.push(right[atRight++]);
    else if (atRight === right.length) result.push(left[atLeft++]);
    else {
      const leftPlace = placeOf(left[atLeft]);
      const rightPlace = placeOf(right[atRight]);
      result.push(leftPlace !== undefined && rightPlace !== undefined && leftPlace < rightPlace ? left[atLeft++] : right[atRight++]);
    }
  }
  return result;
}

const identityBy =
  (key: string | undefined) =>
  (item: unknown): string => {
    const value = key !== undefined && typeof item === 'object' && item !== null ? (item as Readonly<Record<string, unknown>>)[key] : item;
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
  };

function placesOf(list: readonly unknown[], identity: (item: unknown) => string): Map<string, number> {
  const places = new Map<string, number>();
  for (const [index, item] of list.entries()) if (!places.has(identity(item))) places.set(identity(item), index);
  return places;
}
