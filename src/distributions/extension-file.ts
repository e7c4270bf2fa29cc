import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ExtensionPoint } from '../kernel/extension-point.ts';

/** The extension points that a module loaded with `--extension` may add to, by the name it uses. */
export type OpenPoints = Readonly<Record<string, ExtensionPoint<never>>>;

/**
 * Loads a module and adds what it exports: its default export is an object with one property per extension point, each an object of implementations by name.
 *
 * ```ts
 * import type { AdmissionPlugin } from 'wherry/admission';
 * const noLatest: AdmissionPlugin = { validate: (request) => … };
 * export default { admission: { 'no-latest': noLatest } };
 * ```
 *
 * TypeScript files need no build (erasable syntax). Throws, naming the file, when it cannot be loaded or names an unknown point; then nothing of it was added.
 */
export async function loadExtensionFile(path: string, points: OpenPoints): Promise<Disposable> {
  const absolute = realpathOf(path);
  const exported = await importModule(absolute, path);
  const wanted = Object.entries(exported).flatMap(([point, implementations]) => {
    const target = points[point];
    if (!target) throw new Error(`${path}: there is no extension point "${point}"; there are ${Object.keys(points).join(', ')}`);
    if (typeof implementations !== 'object' || implementations === null) throw new Error(`${path}: "${point}" must be an object of implementations by name`);
    return Object.entries(implementations as Record<string, unknown>).map(([name, implementation]) => {
      if (typeof implementation !== 'object' || implementation === null) throw new Error(`${path}: ${point}.${name} must be an object`);
      return { target, name, implementation };
    });
  });
  const added: Disposable[] = [];
  const dispose = (): void => {
    for (const entry of added.splice(0).reverse()) entry[Symbol.dispose]();
  };
  try {
    for (const { target, name, implementation } of wanted) added.push(target.add({ name, origin: basename(absolute), implementation: implementation as never }));
  } catch (error) {
    dispose();
    throw error;
  }
  return { [Symbol.dispose]: dispose };
}

function realpathOf(path: string): string {
  try {
    return realpathSync(resolve(path));
  } catch {
    throw new Error(`${path}: no such file`);
  }
}

let areNamesResolved = false;

/** Lets modules anywhere on the disk import `wherry/admission` and the like: they get this program's own modules, bundled or not. */
function resolveOwnNames(): void {
  if (areNamesResolved) return;
  areNamesResolved = true;
  const bundled = join(import.meta.dirname, 'sdk');
  const root = join(import.meta.dirname, existsSync(bundled) ? '..' : '../..');
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports: Record<string, string> };
  registerHooks({
    resolve(specifier, context, next) {
      const name = specifier.startsWith('wherry/') ? specifier.slice('wherry/'.length) : undefined;
      const source = name === undefined ? undefined : exports[`./${name}`];
      if (source === undefined) return next(specifier, context);
      const built = join(bundled, `${name}.js`);
      return { url: pathToFileURL(existsSync(built) ? built : join(root, source)).href, shortCircuit: true };
    },
  });
}

async function importModule(absolute: string, path: string): Promise<Record<string, unknown>> {
  resolveOwnNames();
  let module: { default?: unknown };
  try {
    module = (await import(pathToFileURL(absolute).href)) as { default?: unknown };
  } catch (cause) {
    throw new Error(`${path}: cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  if (typeof module.default !== 'object' || module.default === null) throw new Error(`${path}: has no default export with one property per extension point, such as { admission: { … } }`);
  return module.default as Record<string, unknown>;
}
