/** Defaults must be what objects may hold: no unknown fields, sound embedded resources, valid values (apiextensions `structuraldefaulting.ValidateDefaults`). */
import { evaluationBudget } from '../../../../api/cel/kubernetes/budgets.ts';
import { sortedFields } from '../../../../api/custom-schema/canonical-text.ts';
import { embeddedResourceWalk } from '../../../../api/custom-schema/embedded-resources.ts';
import { readJsonSchemaProps } from '../../../../api/custom-schema/from-json-schema.ts';
import { ShapeRun } from '../../../../api/custom-schema/shape-run.ts';
import { ShapeCompiler } from '../../../../api/custom-schema/shaping.ts';
import { ValidationCompiler } from '../../../../api/custom-schema/validation.ts';
import { ValidationRun } from '../../../../api/custom-schema/validation-run.ts';
import type { Schema, SchemaSet } from '../../../../api/schema.ts';
import { type FieldError, fieldError, fieldErrorText } from '../../../../api/status.ts';
import { pathSegmentName, validateObjectMeta } from '../../../../extension-points/resources/object-meta.ts';
import { hasSchema, type SchemaProps } from './props.ts';
import type { DefaultRuleCheck } from './rule-compiler.ts';

export interface DefaultOptions {
  /** Unknown fields are refused. */
  readonly requiresPruned: () => boolean;
  readonly checkRules: DefaultRuleCheck | undefined;
}

/** What rules may cost for all defaults of a schema together. Upstream allows ten times as much, and lets nothing else wait for it. */
const defaultsBudget = evaluationBudget;

/** The faults of all defaults in a schema whose structure is sound. */
export function defaultErrors(root: SchemaProps, path: string, options: DefaultOptions): FieldError[] {
  if (!hasSchema(root, (schema) => schema.default !== undefined)) return [];
  const errors: FieldError[] = [];
  const schema: Schema = { ...readJsonSchemaProps(root.source), embeddedResource: true };
  const budget = { left: defaultsBudget };
  const hasRules = hasSchema(root, ({ rules }) => rules.length > 0);
  const own = hasRules ? options : { ...options, checkRules: undefined };
  visit({ props: root, schema, path, resource: schema, steps: [], isInsideMetadata: false }, (place) => errors.push(...errorsOf(place, { root, budget }, own)));
  return errors;
}

/** Whether a default has fields that its schema does not know. */
export function hasUnprunedDefaults(root: SchemaProps): boolean {
  let isFound = false;
  const schema: Schema = { ...readJsonSchemaProps(root.source), embeddedResource: true };
  visit({ props: root, schema, path: '', resource: schema, steps: [], isInsideMetadata: false }, (place) => {
    isFound ||= !place.isInsideMetadata && unknownFields(place).length > 0;
  });
  return isFound;
}

/** A schema, and where it stands. */
interface Place {
  readonly props: SchemaProps;
  readonly schema: Schema;
  readonly path: string;
  /** The closest embedded resource around it, or the whole one. */
  readonly resource: Schema;
  /** From there: names of fields, and 0 for items. */
  readonly steps: readonly (string | 0)[];
  /** Inside the type or metadata of that resource. */
  readonly isInsideMetadata: boolean;
}

/** Visits every schema that has a default. */
function visit(place: Place, act: (place: Place) => void): void {
  const { props, schema, path } = place;
  const isResource = schema.embeddedResource === true;
  const inside: Place = isResource ? { ...place, resource: schema, steps: [], isInsideMetadata: false } : place;
  if (props.default !== undefined) act(inside);
  const items = props.items?.schema;
  if (items && schema.items) visit({ ...inside, props: items, schema: schema.items, path: `${path}.items`, steps: [...inside.steps, 0] }, act);
  for (const [name, property] of props.properties) {
    const isMetadata = isResource && (name === 'metadata' || name === 'apiVersion' || name === 'kind');
    visit(
      {
        ...inside,
        props: property,
        schema: schema.properties![name]!,
        path: `${path}.properties[${name}]`,
        steps: [...inside.steps, name],
        isInsideMetadata: inside.isInsideMetadata || isMetadata,
      },
      act,
    );
  }
}

const noSchemas: SchemaSet = { get: () => undefined };

function errorsOf(
  place: Place,
  { root, budget }: { readonly root: SchemaProps; readonly budget: { left: number } },
  options: DefaultOptions,
): readonly FieldError[] {
  const { props, schema } = place;
  const path = `${place.path}.default`;
  const unknown = place.isInsideMetadata ? [] : unknownFields(place);
  const unpruned = unknown.length > 0 && options.requiresPruned() ? unknown : [];
  const found = place.isInsideMetadata ? metadataErrors(place) : embeddedErrors(props.default, schema, path);
  if (found.length > 0) return [...unpruned, ...found];
  const run = new ValidationRun(path);
  run.walk(new ValidationCompiler(noSchemas, { asDefault: true }).compile(schema), props.default);
  if (run.errors.length > 0) return [...unpruned, ...run.errors];
  return [...unpruned, ...(options.checkRules?.(props, props.default, { path, isRoot: props === root, budget, read: schema }) ?? [])];
}

/** Whether the schema would prune something from its default. */
function unknownFields({ props, schema, path }: Place): FieldError[] {
  const run = shapeRun(props.default, schema, { dropsMalformed: true });
  return run.unknownFields.length > 0 ? [fieldError.invalid(`${path}.default`, sortedFields(props.default), 'must not have unknown fields')] : [];
}

/** What a default with embedded resources lacks. */
function embeddedErrors(value: unknown, schema: Schema, prefix: string): FieldError[] {
  const { refusal } = shapeRun(value, schema);
  const found = refusal ? [refusal] : resourceErrors(value, schema);
  return found.map((error) => ({ ...error, path: error.path.startsWith('[') ? `${prefix}${error.path}` : `${prefix}.${error.path}` }));
}

/** What a default inside a resource's type or metadata would do to them, when the resource is empty otherwise. */
function metadataErrors({ props, resource, steps, path }: Place): FieldError[] {
  let object: unknown = structuredClone(props.default);
  for (const step of steps.toReversed()) object = step === 0 ? [object] : { [step]: object };
  const typed = { kind: 'Validation', apiVersion: 'validation/v1', ...(object as object) };
  const { refusal } = shapeRun(typed, resource);
  const texts = (refusal ? [refusal] : resourceErrors(typed, resource)).map(fieldErrorText);
  if (texts.length === 0) return [];
  const detail = `must result in valid metadata: ${texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`}`;
  return [fieldError.invalid(`${path}.default`, sortedFields(props.default), detail)];
}

function shapeRun(value: unknown, schema: Schema, { dropsMalformed = false } = {}): ShapeRun {
  const run = new ShapeRun({ prune: true, applyDefaults: false, dropsMalformed }, true);
  if (typeof value === 'object' && value !== null) run.walk(() => new ShapeCompiler(noSchemas).compile(schema)(value, run, false));
  return run;
}

function resourceErrors(value: unknown, schema: Schema): FieldError[] {
  const errors: FieldError[] = [];
  embeddedResourceWalk(schema)?.(value, '', { errors, checkMetadata: checkNamelessMetadata });
  return errors;
}

const checkNamelessMetadata: Parameters<NonNullable<ReturnType<typeof embeddedResourceWalk>>>[2]['checkMetadata'] = (metadata, path) =>
  validateObjectMeta({ ...metadata, name: metadata.name || 'fakename' }, Boolean(metadata.namespace), pathSegmentName, path);
