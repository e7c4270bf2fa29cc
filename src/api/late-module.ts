import { createRequire } from 'node:module';
import { basename } from 'node:path';

/**
 * A part of the program that is loaded when it is first asked for, at once: nothing has to wait for it, and a start that never needs it is quicker and smaller by it.
 * `from` is the caller's `import.meta.url`, `path` the module beside it without its ending: `./engine`. `Exports` is the type of that module.
 * The module must not await at its top level. Bundlers: it must be built to a file of its name beside the bundle.
 */
export function lateModule<Exports>(from: string, path: string): () => Exports {
  let loaded: Exports | undefined;
  return () => (loaded ??= createRequire(from)(from.endsWith('.ts') ? `${path}.ts` : `./${basename(path)}.js`) as Exports);
}
