import { readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';

/**
 * Runs the first TypeScript example of a README and answers what it exports. `modules` says which file stands behind each package path the example imports.
 */
export async function readmeExample(readme: URL, modules: Readonly<Record<string, URL>>): Promise<Record<string, unknown>> {
  const source = /```ts\n([\s\S]*?)```/.exec(await readFile(readme, 'utf8'))?.[1];
  if (source === undefined) throw new Error(`${readme.pathname} has no TypeScript example`);
  // Types only, so that a type import of a package path does not have to resolve.
  const script = stripTypeScriptTypes(source.replaceAll(/^import type .*$/gm, '')).replaceAll(/from '([^']+)'/g, (_match, path: string) => {
    const module = modules[path];
    if (!module) throw new Error(`${readme.pathname} imports ${path}, which the test does not know`);
    return `from '${module.href}'`;
  });
  return (await import(`data:text/javascript;base64,${Buffer.from(script).toString('base64')}`)) as Record<string, unknown>;
}
