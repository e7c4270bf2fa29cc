/** The schemas of a definition (apiextensions `validateCustomResourceDefinitionValidation`). */
import { equalValues } from '../../../api/custom-schema/equal-values.ts';
import { isCostlyPattern } from '../../../api/pattern.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { DefinitionView, SaidSchema, Version } from './definition-view.ts';
import { defaultErrors, hasUnprunedDefaults } from './schema/defaults.ts';
import { internalSchema } from './schema/internal-schema.ts';
import { hasUnsoundKeys, isUnsoundSet } from './schema/lists.ts';
import { type Found, type OpenApiOptions, openApiErrors } from './schema/openapi.ts';
import { hasSchema, type SchemaProps } from './schema/props.ts';
import type { RuleCompilation, RuleSupport } from './schema/rule-compiler.ts';
import { structuralErrors } from './schema/structural.ts';
import { isKnownType, structuralProblem } from './schema/unsupported.ts';

/** What is asked of schemas. Of an update, nothing that the old definition did not keep to either. */
export interface SchemaOptions extends OpenApiOptions {
  readonly requiresSchema: boolean;
  readonly requiresStructural: boolean;
  readonly requiresPrunedDefaults: () => boolean;
  readonly knownRules: () => RuleCompilation['known'];
  /** The versions before an update. */
  readonly oldVersions: readonly Version[];
}

export const strictSchemaOptions: SchemaOptions = {
  requiresSchema: true,
  requiresStructural: true,
  requiresValidTypes: () => true,
  requiresPrunedDefaults: () => true,
  requiresAtomicSets: () => true,
  requiresMapKeys: () => true,
  knownRules: () => ({ rules: new Set(), messageExpressions: new Set() }),
  oldVersions: [],
};

/** Looks at the old definition only as far as something is asked: of a sound definition hardly anything is. */
export function updateSchemaOptions(view: DefinitionView, old: DefinitionView): SchemaOptions {
  const schemas = lazily(() => old.schemas.map(({ props }) => props));
  const hasNo = (isWanted: (schema: SchemaProps) => boolean): (() => boolean) => lazily(() => !schemas().some((schema) => hasSchema(schema, isWanted)));
  const validTypes = hasNo((schema) => schema.type !== '' && !isKnownType(schema.type));
  const atomicSets = hasNo(isUnsoundSet);
  const mapKeys = hasNo(hasUnsoundKeys);
  const prunedDefaults = lazily(() => !schemas().some((schema) => hasSchema(schema, hasDefault) && isStructural(schema) && hasUnprunedDefaults(schema)));
  const knownRules = lazily(() => rulesOf(schemas()));
  return {
    requiresSchema: old.versions.every((version) => version.schema?.openAPIV3Schema !== undefined),
    requiresStructural:
      view.spec.preserveUnknownFields !== true || schemas().every((schema) => isStructural(schema)) || view.schemas.some(({ props }) => needsStructure(props)),
    requiresValidTypes: validTypes,
    requiresPrunedDefaults: prunedDefaults,
    requiresAtomicSets: atomicSets,
    requiresMapKeys: mapKeys,
    knownRules,
    oldVersions: old.versions,
  };
}

function lazily<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => (made ??= { value: make() }).value;
}

const hasDefault = (schema: SchemaProps): boolean => schema.default !== undefined;
const isStructural = (schema: SchemaProps): boolean => structuralProblem(schema) === undefined && structuralErrors(schema, '').length === 0;

/** Defaults and most extensions mean something in structural schemas only. */
const needsStructure = (root: SchemaProps): boolean =>
  hasSchema(
    root,
    (schema) =>
      hasDefault(schema) ||
      schema.embeddedResource ||
      schema.preserveUnknownFields !== undefined ||
      schema.intOrString ||
      schema.listMapKeys.length > 0 ||
      schema.listType !== undefined ||
      schema.rules.length > 0,
  );

function rulesOf(schemas: readonly SchemaProps[]): RuleCompilation['known'] {
  const rules = new Set<string>();
  const messageExpressions = new Set<string>();
  for (const root of schemas)
    hasSchema(root, (schema) => {
      for (const { rule, messageExpression } of schema.rules) {
        rules.add(rule);
        if (messageExpression !== '') messageExpressions.add(messageExpression);
      }
      return false;
    });
  return { rules, messageExpressions };
}

export function schemaErrors(view: DefinitionView, options: SchemaOptions, rules: RuleSupport): FieldError[] {
  const excess = sizeErrors(view);
  return excess.length > 0 ? excess : view.schemas.flatMap((schema) => oneSchemaErrors(schema, view, options, rules));
}

/** No definition that fits into the store comes near; validation of more would keep other requests waiting. */
const maximumSchemas = 40_000;
const maximumPatterns = 1_000;

function sizeErrors(view: DefinitionView): FieldError[] {
  let count = 0;
  const patterns = new Set<string>();
  for (const { props } of view.schemas)
    hasSchema(props, ({ pattern }) => {
      if (pattern !== '' && isCostlyPattern(pattern)) patterns.add(pattern);
      return ++count > maximumSchemas || patterns.size > maximumPatterns;
    });
  if (count > maximumSchemas) return [tooMany(count, `must have at most ${maximumSchemas} schemas in all versions together`)];
  return patterns.size > maximumPatterns ? [tooMany(patterns.size, `must have at most ${maximumPatterns} new patterns in all versions together`)] : [];
}

const tooMany = (count: number, detail: string): FieldError => ({ path: 'spec.versions', type: 'FieldValueTooMany', value: count, detail });

function oneSchemaErrors(said: SaidSchema, view: DefinitionView, options: SchemaOptions, rules: RuleSupport): FieldError[] {
  const { props, path, hasStatus } = said;
  const errors: FieldError[] = hasStatus ? rootErrors(props, path) : [];
  if (props.nullable) errors.push(fieldError.forbidden(`${path}.nullable`, 'nullable cannot be true at the root'));
  const problem = options.requiresStructural ? structuralProblem(props) : undefined;
  let hasRules = false;
  if (options.requiresStructural && problem === undefined) {
    const found = structuralErrors(props, path);
    const soFar = found.length > 0 ? found : defaultErrors(props, path, { requiresPruned: options.requiresPrunedDefaults, checkRules: rules.checkDefault });
    errors.push(...soFar);
    hasRules = soFar.length === 0;
  }
  const found: Found = { errors: [], rules: [] };
  const place = { path, isRoot: true, defaultsForbidden: undefined, isInsideMetadata: false, uncorrelatable: undefined, hasRules };
  openApiErrors(props, options, place, found);
  errors.push(...found.errors);
  if (errors.length === 0 && problem !== undefined) return [fieldError.invalid(path, '', problem)];
  if (found.rules.length === 0 || !rules.compileRules) return errors;
  const isUnchanged = said.versions.every((name) => isSameSchema(name, view, options));
  return [...errors, ...rules.compileRules({ root: props, path, places: found.rules, known: options.knownRules(), isUnchanged })];
}

function isSameSchema(name: string, { versions }: DefinitionView, { oldVersions }: SchemaOptions): boolean {
  const find = (list: readonly Version[]): Version | undefined => list.find((version) => version.name === name);
  const old = find(oldVersions);
  return old !== undefined && equalValues(find(versions)?.schema?.openAPIV3Schema, old.schema?.openAPIV3Schema);
}

/** Fields of the root, in upstream's order and names, of which only some may be said with `/status`: the status is validated apart. */
const rootFields =
  'Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations';
const allowedAtRoot: ReadonlySet<string> = new Set(rootFields.split(' '));

function rootErrors(schema: SchemaProps, path: string): FieldError[] {
  const shown = internalSchema(schema);
  for (const [name, value] of Object.entries(shown)) {
    // Any default counts, also an empty one.
    if (value === null || ((value === '' || value === false) && name !== 'Default' && name !== 'Example')) continue;
    if (name === 'Type' && schema.type !== 'object') {
      const detail = 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';
      return [fieldError.invalid(`${path}.type`, schema.type, detail)];
    }
    if (!allowedAtRoot.has(name)) {
      const detail = `only [${rootFields}] fields are allowed at the root of the schema if the status subresource is enabled`;
      return [fieldError.invalid(path, shown, detail)];
    }
  }
  return [];
}
