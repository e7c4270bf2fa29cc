import type { Schema, SchemaSet } from '../../../api/schema.ts';
import { FieldSet } from './field-set.ts';
import { itemElement, memberElement, structureOf } from './typed-structure.ts';

/** What every object has and nobody owns (upstream's stripped fields). */
const unownedMetadata = new Set([
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'generation',
  'managedFields',
  'resourceVersion',
  'generateName',
]);

/** The fields an applied configuration speaks of. */
export function fieldsOf(config: Readonly<Record<string, unknown>>, schema: Schema | undefined, schemas: SchemaSet): FieldSet {
  const { apiVersion: _, kind: __, metadata, ...rest } = config;
  const owned = Object.fromEntries(Object.entries((metadata ?? {}) as Record<string, unknown>).filter(([name]) => !unownedMetadata.has(name)));
  const set = new FieldSet();
  collect({ ...(Object.keys(owned).length > 0 ? { metadata: owned } : {}), ...rest }, schema, { schemas, set });
  set.isMember = false;
  return set;
}

function collect(value: unknown, schema: Schema | undefined, { schemas, set }: { schemas: SchemaSet; set: FieldSet }): void {
  const structure = structureOf(value, schema, schemas);
  switch (structure.kind) {
    case 'atomic':
      set.isMember = true;
      return;
    case 'map': {
      const entries = Object.entries(value as Record<string, unknown>);
      if (entries.length === 0) set.isMember = true;
      for (const [name, inner] of entries) collect(inner, structure.field(name), { schemas, set: set.at(`f:${name}`) });
      return;
    }
    case 'set': {
      const members = value as unknown[];
      if (members.length === 0) set.isMember = true;
      for (const member of members) set.at(memberElement(member)).isMember = true;
      return;
    }
    case 'list': {
      const items = value as unknown[];
      if (items.length === 0) set.isMember = true;
      for (const item of items) {
        const place = set.at(itemElement(item, structure));
        collect(item, structure.items, { schemas, set: place });
        place.isMember = true;
      }
    }
  }
}
