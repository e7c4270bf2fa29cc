import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { type LoadFnOutput, type ResolveFnOutput, registerHooks } from 'node:module';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ModuleSource } from './loop-guard.ts';

/** The extension points that a module loaded with `--extension` may add to, by the name it uses. */
export type OpenPoints = Readonly<Record<string, { add(extension: { name: string; origin: string; implementation: never }): Disposable }>>;

export interface ExtensionFile {
  /** The file's name, as the roster shows where an extension comes from. */
  readonly name: string;
  /** Every file it is made of: itself and what it imports by path. */
  readonly files: ReadonlySet<string>;
  /** Adds everything the module exports, behind what is there. Throws, naming the file, for a point that is unknown or a name that is taken; then nothing was added. */
  addTo(points: OpenPoints): Disposable;
}

/**
 * Loads a module whose default export is an object with one property per extension point, each an object of implementations by name. Every call reads the files
 * anew: the module and what it imports by path, packages apart.
 *
 * ```ts
 * import { allow, type AdmissionPlugin } from 'wherry/admission';
 * const everything: AdmissionPlugin = { validate: () => allow };
 * export default { admission: { everything } };
 * ```
 *
 * TypeScript files need no build (erasable syntax). Rejects, naming the file, when it cannot be loaded.
 */
export async function readExtensionFile(path: string): Promise<ExtensionFile> {
  const absolute = realpathOf(path);
  const { module, files } = await importModule(absolute, path);
  const exported = module['default'];
  if (typeof exported !== 'object' || exported === null)
    throw new Error(`${path}: has no default export with one property per extension point, such as { admission: { … } }`);
  const name = basename(absolute);
  return { name, files, addTo: (points) => addAll(implementationsOf(exported as Record<string, unknown>, points, path), name) };
}

interface Wanted {
  readonly target: OpenPoints[string];
  readonly name: string;
  readonly implementation: object;
}

function implementationsOf(exported: Record<string, unknown>, points: OpenPoints, path: string): Wanted[] {
  return Object.entries(exported).flatMap(([point, implementations]) => {
    const target = Object.hasOwn(points, point) ? points[point] : undefined;
    if (!target) throw new Error(`${path}: there is no extension point "${point}"; there are ${Object.keys(points).join(', ')}`);
    if (typeof implementations !== 'object' || implementations === null) throw new Error(`${path}: "${point}" must be an object of implementations by name`);
    return Object.entries(implementations as Record<string, unknown>).map(([name, implementation]) => {
      if (typeof implementation !== 'object' || implementation === null) throw new Error(`${path}: ${point}.${name} must be an object`);
      return { target, name, implementation };
    });
  });
}

function addAll(wanted: readonly Wanted[], origin: string): Disposable {
  const added: Disposable[] = [];
  const dispose = (): void => {
    for (const entry of added.splice(0).reverse()) entry[Symbol.dispose]();
  };
  try {
    for (const { target, name, implementation } of wanted) added.push(target.add({ name, origin, implementation: implementation as never }));
  } catch (error) {
    dispose();
    throw error;
  }
  return { [Symbol.dispose]: dispose };
}

/** The file that a path leads to. Throws when there is none. */
export function realpathOf(path: string): string {
  try {
    return realpathSync(resolve(path));
  } catch {
    throw new Error(`${path}: no such file`);
  }
}

/** Marks the modules of one reading of an extension, so that a later reading gets modules of its own. */
const readingParameter = 'wherry-reading';
let readings = 0;
/** The files that each reading brought. */
const filesOfReading = new Map<string, Set<string>>();

let areNamesResolved = false;

/**
 * Lets modules anywhere on the disk import `wherry/admission` and the like: they get this program's own modules, bundled or not. What they import by path belongs
 * to their reading.
 */
async function resolveNames(): Promise<void> {
  // Here, for it brings a parser along.
  const { guardLoops } = await import('./loop-guard.ts');
  if (areNamesResolved) return;
  areNamesResolved = true;
  const bundled = join(import.meta.dirname, 'sdk');
  const root = join(import.meta.dirname, existsSync(bundled) ? '..' : '../..');
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports: Record<string, string> };
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier.startsWith(packageScheme)) {
        const { searchParams } = new URL(specifier);
        const resolved = next(searchParams.get('specifier')!, { ...context, parentURL: searchParams.get('parent')! });
        packageFolders.add(folderOfPackage(resolved.url));
        return resolved;
      }
      const name = specifier.startsWith('wherry/') ? specifier.slice('wherry/'.length) : undefined;
      const source = name === undefined ? undefined : exports[`./${name}`];
      if (source === undefined) return withReading(next(specifier, context), context.parentURL);
      const built = join(bundled, `${name}.js`);
      return { url: pathToFileURL(existsSync(built) ? built : join(root, source)).href, shortCircuit: true };
    },
    load(url, context, next) {
      const loaded = next(url, context);
      return isOfExtension(url) ? guarded(loaded, guardLoops) : loaded;
    },
  });
}

/** Whether a module belongs to an extension, or to the package that one comes in; not what these import from other packages. */
const isOfExtension = (url: string): boolean => url.includes(readingParameter) || [...packageFolders].some((folder) => url.startsWith(folder));

function guarded(loaded: LoadFnOutput, guardLoops: (text: string, source: ModuleSource) => string | undefined): LoadFnOutput {
  const [, system, typescript] = /^(module|commonjs)(-typescript)?$/.exec(loaded.format ?? '') ?? [];
  if (!loaded.source || !system) return loaded;
  const given = typeof loaded.source === 'string' ? loaded.source : Buffer.from(loaded.source as Uint8Array).toString();
  const source = guardLoops(given, { system: system as ModuleSource['system'], hasTypes: typescript !== undefined });
  return source === undefined ? loaded : { ...loaded, format: system, source };
}

/** Of the packages that extensions came in, as URLs. */
const packageFolders = new Set<string>();

/** The folder of the package that a module is in: the last below a `node_modules`, else its own. */
const folderOfPackage = (url: string): string => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+\//.exec(url)?.[0] ?? new URL('.', url).href;

function withReading(resolved: ResolveFnOutput, parent: string | undefined): ResolveFnOutput {
  const reading = parent?.includes(readingParameter) ? new URL(parent).searchParams.get(readingParameter) : undefined;
  if (!reading || !resolved.url.startsWith('file:') || resolved.url.includes('/node_modules/')) return resolved;
  filesOfReading.get(reading)?.add(fileURLToPath(resolved.url));
  return { ...resolved, url: urlIn(reading, resolved.url) };
}

function urlIn(reading: string, href: string): string {
  const url = new URL(href);
  url.searchParams.set(readingParameter, reading);
  return url.href;
}

/** A module that was read, and every file that it is made of: itself and what it imports by path. */
export interface ReadModule {
  readonly module: Readonly<Record<string, unknown>>;
  readonly files: ReadonlySet<string>;
}

/** Reads the module of a file, and what that imports by path, anew. Rejects, naming `path`, when it cannot be loaded, or not within `limitMs` (milliseconds). */
export async function importModule(absolute: string, path: string, limitMs = loadingLimitMs): Promise<ReadModule> {
  await resolveNames();
  const reading = String(++readings);
  const files = new Set([absolute]);
  filesOfReading.set(reading, files);
  try {
    return { module: await loaded(urlIn(reading, pathToFileURL(absolute).href), limitMs), files };
  } catch (cause) {
    throw new UnreadableModule(path, files, cause);
  }
}

/** A file that cannot be loaded. */
export class UnreadableModule extends Error {
  /** What was read until then: saving any of it may help. */
  readonly files: ReadonlySet<string>;

  constructor(path: string, files: ReadonlySet<string>, cause: unknown) {
    super(`${path}: cannot be loaded`, { cause });
    this.files = files;
  }
}

/** A module that waits for something when it is loaded has so long: the next reading waits for this one. */
const loadingLimitMs = 10_000;

async function loaded(url: string, limitMs = loadingLimitMs): Promise<ReadModule['module']> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`its top level still waits for something after ${limitMs / 1_000} s`)), limitMs);
  try {
    const module = import(url) as Promise<ReadModule['module']>;
    // Whoever is given up on may still fail.
    module.catch(() => undefined);
    return await Promise.race([module, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

const packageScheme = 'wherry-package:';

/** Reads a module of a package as one in the file `parent` would find it. It is read once: packages do not change while a program runs. Rejects, naming it. */
export async function importPackage(specifier: string, parent: string): Promise<ReadModule> {
  await resolveNames();
  const url = `${packageScheme}?${new URLSearchParams({ specifier, parent: pathToFileURL(parent).href }).toString()}`;
  try {
    return { module: await loaded(url), files: new Set() };
  } catch (cause) {
    throw new Error(`${specifier}: cannot be loaded`, { cause });
  }
}
