/** Reads the descriptions of types and fields from the declarations of `@kubernetes/client-node`, which are made from the same release of Kubernetes as the type facts. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Schema } from '../../src/api/schema.ts';
import type { PackageFacts } from './facts.ts';
import { idOf } from './schemas.ts';

/** A type's description and those of its fields. */
export interface TypeDescriptions {
  readonly text?: string;
  readonly fields?: Readonly<Record<string, string>>;
}

const models = join(import.meta.dirname, '../../node_modules/@kubernetes/client-node/dist/gen/models');

/** Descriptions by schema id, of those schemas that have any. */
export function readDescriptions(packages: ReadonlyMap<string, PackageFacts>, schemas: ReadonlyMap<string, Schema>): Map<string, TypeDescriptions> {
  const found = new Map<string, TypeDescriptions>();
  for (const facts of packages.values()) {
    for (const name of facts.types.keys()) {
      const id = idOf(facts, name);
      const schema = schemas.get(id);
      const source = schema && declarationOf(facts, name);
      if (source) found.set(id, describe(source, schema));
    }
  }
  return found;
}

/** The declaration file of a type. Names that several groups use carry their group in front. */
function declarationOf(facts: PackageFacts, name: string): string | undefined {
  const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
  const version = capital(facts.version);
  const group = capital(facts.id.slice(0, facts.id.indexOf('-')));
  for (const className of [`${group}${version}${name}`, `${version}${name}`]) {
    const path = join(models, `${className}.d.ts`);
    if (existsSync(path)) return readFileSync(path, 'utf8');
  }
  return undefined;
}

function describe(source: string, schema: Schema): TypeDescriptions {
  const text = /\/\*\*\n\* ([^\n]*)\n\*\/\nexport declare class/.exec(source)?.[1];
  const fields: Record<string, string> = {};
  const names = new Map(Object.keys(schema.properties ?? {}).map((name) => [plain(name), name]));
  for (const [, comment, name] of source.matchAll(/ {4}\/\*\*\n {4}\* ([^\n]*)\n {4}\*\/\n {4}'([^']+)'\??:/g)) {
    const field = names.get(plain(name!));
    if (field !== undefined) fields[field] = unescape(comment!);
  }
  return { ...(text ? { text: unescape(text) } : {}), ...(Object.keys(fields).length > 0 ? { fields } : {}) };
}

/** Property names there avoid words and characters that JavaScript reserves. */
const plain = (name: string): string => name.replace(/[^A-Za-z0-9]/g, '').toLowerCase();

const unescape = (text: string): string => text.replace(/\\(["'\\])/g, '$1').replaceAll('*_/', '*/');
