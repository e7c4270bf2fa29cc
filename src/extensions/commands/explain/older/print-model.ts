import { type Model, modelTypeName } from './model.ts';
import { wrapDescription } from './wrap-description.ts';

export interface ModelRequest {
  readonly fields: readonly string[];
  readonly isRecursive: boolean;
  readonly kind: string;
  readonly apiVersion: string;
}

const lineLength = 80;

/** What a model is, or the field at the end of a path in it. Throws `field "x" does not exist`. */
export function printModel(model: Model, { fields, isRecursive, kind, apiVersion }: ModelRequest): string {
  const name = fields.at(-1) ?? '';
  let type = '';
  const descriptions: string[] = [];
  let found = lookUp(model, fields);
  // References, arrays and maps are what they hold; what they say is told too.
  while (found && (found.form === 'reference' || found.form === 'array' || found.form === 'map')) {
    if (found.form !== 'reference') type ||= modelTypeName(found);
    descriptions.push(found.description);
    found = found.form === 'reference' ? found.target() : found.of;
  }
  if (!found) return '';
  type ||= modelTypeName(found);
  const start = `KIND:     ${kind}\nVERSION:  ${apiVersion}\n\n`;
  const text = descriptionText([...descriptions, found.description]);
  if (found.form === 'anything') return start + text;
  if (found.form !== 'object') return `${start}FIELD:    ${name} <${type}>\n\n${text}`;
  const title = name === '' ? '' : `RESOURCE: ${name} <${type}>\n\n`;
  return `${start}${title}${text}\nFIELDS:\n${isRecursive ? allFields(found, 3, new Set()) : fieldsText(found)}`;
}

/** Follows a path through fields. A value that has none ends it. */
function lookUp(model: Model, fields: readonly string[]): Model | undefined {
  if (fields.length === 0) return model;
  switch (model.form) {
    case 'reference': {
      const target = model.target();
      return target && lookUp(target, fields);
    }
    case 'array':
    case 'map':
      return lookUp(model.of, fields);
    case 'object': {
      const field = model.fields.get(fields[0]!);
      if (!field) throw new Error(`field ${JSON.stringify(fields[0])} does not exist`);
      return lookUp(field, fields.slice(1));
    }
    default:
      return model;
  }
}

function descriptionText(descriptions: readonly string[]): string {
  const parts = descriptions.flatMap((description, index) => (description === '' ? [] : [(index === 0 ? '' : '\n') + wrapped(description, 5)]));
  return `DESCRIPTION:\n${parts.length === 0 ? wrapped('<empty>', 5) : parts.join('')}`;
}

const wrapped = (text: string, indent: number): string =>
  wrapDescription(text, lineLength - indent)
    .map((line) => (line === '' ? '\n' : `${' '.repeat(indent)}${line}\n`))
    .join('');

const fieldsText = ({ fields, required }: Extract<Model, { form: 'object' }>): string =>
  [...fields]
    .map(([name, field]) => `   ${name}\t<${modelTypeName(field)}>${required.has(name) ? ' -required-' : ''}\n${wrapped(field.description, 5)}\n`)
    .join('');

/** Fields of fields. `seen`: references on the way here, so that circles end. */
function allFields(model: Model | undefined, indent: number, seen: ReadonlySet<string>): string {
  switch (model?.form) {
    case 'reference':
      return seen.has(model.name) ? '' : allFields(model.target(), indent, new Set([...seen, model.name]));
    case 'array':
    case 'map':
      return allFields(model.of, indent, seen);
    case 'object':
      return [...model.fields]
        .map(([name, field]) => `${' '.repeat(indent)}${name}\t<${modelTypeName(field)}>\n${allFields(field, indent + 3, seen)}`)
        .join('');
    default:
      return '';
  }
}
