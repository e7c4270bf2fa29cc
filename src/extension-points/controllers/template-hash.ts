import type { PodTemplateSpec } from '../../api/generated/core-v1.ts';

// The alphabet upstream uses for generated names: no vowels, no digits that look like letters, so that no words come out.
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** A short text that differs between pod templates; part of the names of replica sets and revisions. `collisionCount` gives another one for the same template. */
export function templateHash(template: PodTemplateSpec, collisionCount?: number): string {
  let hash = fnv32a(canonicalJson(template));
  if (collisionCount !== undefined) hash = fnv32a(String(collisionCount), hash);
  return [...String(hash)].map((digit) => alphabet[digit.charCodeAt(0) % alphabet.length]).join('');
}

/** JSON with sorted keys and without absent values: equal for equal objects. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .filter(([, inner]) => inner !== undefined && inner !== null)
    .sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${fields.map(([name, inner]) => `${JSON.stringify(name)}:${canonicalJson(inner)}`).join(',')}}`;
}

function fnv32a(text: string, start = 0x811c9dc5): number {
  let hash = start;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
