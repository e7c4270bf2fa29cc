import { readFileSync, writeFileSync } from 'node:fs';
import type { CustomResourceDefinition } from '../../api/generated/apiextensions-v1.ts';
import { parseYamlDocuments } from '../../api/yaml.ts';
import { typescriptOf } from '../../extension-points/resources/typescript.ts';

/** Writes TypeScript for every CustomResourceDefinition in the files (`-` is standard input) to a file or standard output. Throws when there is none. */
export function generateTypes({ filename, output }: { readonly filename: readonly string[]; readonly output?: string }): void {
  const definitions = filename.flatMap((file) => definitionsIn(file));
  const text = definitions.map((definition) => typescriptOf(definition)).join('\n');
  if (output === undefined || output === '-') process.stdout.write(text);
  else writeFileSync(output, text);
}

function definitionsIn(file: string): CustomResourceDefinition[] {
  const text = readFileSync(file === '-' ? 0 : file, 'utf8');
  const definitions = parseYamlDocuments(text)
    .map(({ value }) => value)
    .filter(isDefinition);
  if (definitions.length === 0) throw new Error(`${file}: there is no CustomResourceDefinition of apiextensions.k8s.io/v1 in it`);
  return definitions;
}

const isDefinition = (value: unknown): value is CustomResourceDefinition => {
  const { apiVersion, kind } = (value ?? {}) as { apiVersion?: unknown; kind?: unknown };
  return apiVersion === 'apiextensions.k8s.io/v1' && kind === 'CustomResourceDefinition';
};
