import type { LabelSelector } from '../../../../api/generated/meta-v1.ts';

/** A plugin as its manifest describes it (`krew.googlecontainertools.github.com/v1alpha2`). */
export interface Plugin {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: PluginMetadata;
  readonly spec: PluginSpec;
}

export interface PluginMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** In receipts: when it was first installed, RFC 3339. */
  readonly creationTimestamp?: string;
}

export interface PluginSpec {
  /** A semantic version behind a `v`. */
  readonly version?: string;
  /** One line. */
  readonly shortDescription?: string;
  readonly description?: string;
  readonly caveats?: string;
  readonly homepage?: string;
  readonly platforms?: readonly Platform[];
}

export interface Platform {
  /** Where the archive is. */
  readonly uri?: string;
  /** Of the archive; 64 lower case digits. */
  readonly sha256?: string;
  /** Over the labels `os` and `arch`. */
  readonly selector?: LabelSelector;
  /** What of the archive goes where; null: everything as it is. */
  readonly files: readonly FileOperation[] | null;
  /** The executable, relative to what was installed. */
  readonly bin: string;
}

export interface FileOperation {
  /** A path or a pattern within the archive. */
  readonly from?: string;
  /** A folder (or, for a single file, a path) within what is installed. */
  readonly to?: string;
}

/** A plugin that is installed. */
export interface Receipt extends Plugin {
  readonly status: { readonly source: { readonly name: string } };
}

export const currentApiVersion = 'krew.googlecontainertools.github.com/v1alpha2';
export const pluginKind = 'Plugin';
/** The index that names without one belong to. */
export const defaultIndex = 'default';
/** What the receipt says of a plugin that came from a manifest and no index. */
export const detachedIndex = 'detached';

/** `index/plugin`, or `plugin` of the default index. */
export function splitPluginName(text: string): { index: string; name: string } {
  const slash = text.indexOf('/');
  return slash === -1 ? { index: defaultIndex, name: text } : { index: text.slice(0, slash), name: text.slice(slash + 1) };
}

export const isCanonicalName = (text: string): boolean => /^[\w-]+\/[\w-]+$/.test(text);

/** Plugins of the default index go by their name alone. */
export const displayName = (index: string, name: string): string => (index === '' || index === defaultIndex ? name : `${index}/${name}`);
