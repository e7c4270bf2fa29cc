import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CustomResourceDefinition } from '../../src/api/generated/apiextensions-v1.ts';
import { parseYamlDocuments } from '../../src/api/yaml.ts';
import { typescriptOf } from '../../src/extension-points/resources/typescript.ts';

/** Writes `generated/NAME.ts` of every example that has a `definition.yaml`: what `wherry generate types -f definition.yaml` prints. */
export function generateExamples(directory: string): void {
  for (const name of readdirSync(directory)) {
    const source = join(directory, name, 'definition.yaml');
    if (!existsSync(source)) continue;
    const definitions = parseYamlDocuments(readFileSync(source, 'utf8'))
      .map(({ value }) => value as CustomResourceDefinition)
      .filter(({ kind }) => kind === 'CustomResourceDefinition');
    mkdirSync(join(directory, name, 'generated'), { recursive: true });
    writeFileSync(join(directory, name, 'generated', `${name}.ts`), definitions.map((definition) => typescriptOf(definition)).join('\n'));
  }
}
