import { basename, dirname, resolve } from 'node:path';
import type { SchedulingPluginFactory } from '../../extension-points/scheduling/contract.ts';
import { importModule, importPackage, type ReadModule, realpathOf } from '../extension-file.ts';

/** Where plugins come from, by their names. */
export interface PluginSource {
  readonly factory: SchedulingPluginFactory;
  /** `built-in`, a file, a package. */
  readonly origin: string;
}

export interface PluginModule extends PluginSource {
  /** What the plugin is called in events and lists. */
  readonly name: string;
  /** Every file it is made of; none for one of a package. */
  readonly files: ReadonlySet<string>;
}

/** Whether a plugin that nobody here has by this name is a module: a path, or a package as npm names them. Upstream's plugins begin with a capital letter. */
export const isModuleName = (name: string): boolean => /^(?:\.{0,2}\/|[a-z@])/.test(name);

const isPath = (name: string): boolean => /^\.{0,2}\//.test(name);

/**
 * Loads the module that a configuration names: a path from the configuration's folder (`./few-pods.ts`), or a package (`few-pods`, `@team/plugins/few-pods`). Its default
 * export makes the plugin; the plugin's name is what it exports as `name`, else the last part of the path or package without its extension. Rejects, naming the module.
 */
export async function readPluginModule(specifier: string, configuration: string): Promise<PluginModule> {
  const path = isPath(specifier) ? realpathOf(resolve(dirname(configuration), specifier)) : undefined;
  const { module, files } = path === undefined ? await importPackage(specifier, configuration) : await importModule(path, specifier);
  const factory = module['default'];
  if (typeof factory !== 'function') throw new Error(`${specifier}: its default export must be a function (args, handle) that makes a plugin`);
  const name = nameOf(module, specifier);
  return { name, factory: factory as SchedulingPluginFactory, origin: path === undefined ? specifier : basename(path), files };
}

function nameOf(module: ReadModule['module'], specifier: string): string {
  const { name } = module;
  if (name === undefined) return basename(specifier).replace(/\.[^.]*$/, '');
  if (typeof name !== 'string' || name === '') throw new Error(`${specifier}: the name it exports must be a text`);
  return name;
}
