/** How often values of a schema may occur, and whether expressions can see them (apiextensions `CELSchemaContext`). */

import { readJsonSchemaProps } from '../../../../api/custom-schema/from-json-schema.ts';
import { ruleEngine } from '../../../../api/custom-schema/validation-rules/load-rule-engine.ts';
import type { Schema } from '../../../../api/schema.ts';
import type { SchemaProps } from './props.ts';

export interface RuleSite {
  readonly schema: Schema;
  readonly isResource: boolean;
  /** How many values of the schema one object may have; undefined when nothing says. */
  readonly cardinality: number | undefined;
  /** Rules can see the values, and those around them that have rules. */
  readonly isVisible: boolean;
}

/** Finds the schemas with rules, at the root and in all that is inside it but compositions. */
export function ruleSites(root: SchemaProps): ReadonlyMap<SchemaProps, RuleSite> {
  const sites = new Map<SchemaProps, RuleSite>();
  visit(root, { schema: readJsonSchemaProps(root.source), isResource: true, cardinality: 1, around: undefined }, sites);
  return sites;
}

interface Step {
  readonly schema: Schema;
  readonly isResource: boolean;
  readonly cardinality: number | undefined;
  /** Whether the value around this one is visible; undefined when no rule is about it or what is around it. */
  readonly around: boolean | undefined;
}

function visit(props: SchemaProps, { schema, isResource, cardinality, around }: Step, sites: Map<SchemaProps, RuleSite>): void {
  const hasRules = props.rules.length > 0;
  const isVisible = hasRules || around !== undefined ? around !== false && ruleEngine().declareType(schema, isResource) !== undefined : undefined;
  if (hasRules) sites.set(props, { schema, isResource, cardinality, isVisible: isVisible === true });
  const count = elementCount(props);
  const inside = cardinality === undefined || count === undefined ? undefined : cardinality * count;
  const descend = (part: SchemaProps | undefined, partSchema: Schema | boolean | undefined): void => {
    if (!part || typeof partSchema !== 'object') return;
    visit(part, { schema: partSchema, isResource: partSchema.embeddedResource === true, cardinality: inside, around: isVisible }, sites);
  };
  descend(props.additionalProperties?.schema, schema.additionalProperties);
  for (const [name, property] of props.properties) descend(property, schema.properties?.[name]);
  descend(props.items?.schema, schema.items);
}

/** How many values directly inside one value a schema allows. */
function elementCount({ type, additionalProperties, maxProperties, maxItems }: SchemaProps): number | undefined {
  if (type === 'array') return maxItems === undefined ? undefined : Math.max(0, maxItems);
  if (type !== 'object' || !additionalProperties) return 1;
  return maxProperties === undefined ? undefined : Math.max(0, maxProperties);
}
