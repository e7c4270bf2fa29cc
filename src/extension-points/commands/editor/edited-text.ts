import { isDeepStrictEqual } from 'node:util';
import type { UntypedObject } from '../../../api/object.ts';
import { parseYaml } from '../../../api/yaml.ts';
import { jsonText } from '../printers/json-text.ts';
import { kyamlText } from '../printers/kyaml-printer.ts';
import { noPrinter } from '../printers/output-flags.ts';
import { shown } from '../printers/plain-printers.ts';
import { yamlText } from '../printers/yaml-text.ts';

export type EditFormat = 'yaml' | 'json' | 'kyaml';

/** The formats that objects may be edited in: `-o` of a verb that opens an editor; YAML without one. Throws for another one. */
export function editFormatOf(output: string): EditFormat {
  if (output === '') return 'yaml';
  if (output === 'json' || output === 'yaml' || output === 'kyaml') return output;
  throw noPrinter(output, ['json', 'yaml', 'kyaml']);
}

/** One object as it is, several as a list; without managedFields, which nobody should have to look at. */
export function textOf(objects: readonly UntypedObject[], format: EditFormat): string {
  const object = objects.length === 1 ? objects[0]! : ({ apiVersion: 'v1', items: objects, kind: 'List', metadata: {} } as unknown as UntypedObject);
  const bare = shown(object, { showsManagedFields: false });
  return format === 'json' ? jsonText(bare) : format === 'yaml' ? yamlText(bare) : kyamlText(bare);
}

/** Lines without those that are comments. */
export const withoutComments = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !/^\s*#(?!!)/.test(line))
    .join('\n');

/** Whether two texts say the same, whatever their comments and layout. */
export function saysTheSame(one: string, other: string): boolean {
  const values = [one, other].map(valueOf);
  return values.every((value) => value !== undefined) ? isDeepStrictEqual(values[0], values[1]) : withoutComments(one) === withoutComments(other);
}

export const hasLines = (text: string): boolean => text.split('\n').some((line) => line.trim() !== '' && !line.trim().startsWith('#'));

function valueOf(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: parseYaml(text).value };
  } catch {
    return undefined;
  }
}

/** Why a text is no object; undefined when it may be one. */
export function problemOf(text: string): string | undefined {
  try {
    const value = parseYaml(text).value as Readonly<Record<string, unknown>> | null;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'invalid object to validate';
    const missing = ['apiVersion', 'kind'].filter((name) => typeof value[name] !== 'string').map((name) => `${name} not set`);
    return missing.length === 0 ? undefined : missing.length === 1 ? missing[0] : `[${missing.join(', ')}]`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
