/** What the host of the commands knows of itself, and commands about plugins need. */
export interface PluginRuntime {
  /** Reads a TypeScript module, and what it imports as `wherry/…` from this program. Rejects, naming the file. */
  importModule(path: string): Promise<Readonly<Record<string, unknown>>>;
  /** The folder that wherry is installed in, which is its npm package. */
  readonly packageDirectory: string;
  /** The executable that starts wherry. */
  readonly launcher: string;
}
