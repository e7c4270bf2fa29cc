import { configMapKeyProblems } from '../../../api/names.ts';
import { defineGenerator } from './generator.ts';
import { environmentFilePairs, filePairs, type KeyValue, literalPair } from './key-sources.ts';
import { nameHash } from './name-hash.ts';

export const createConfigMapCommand = defineGenerator({
  name: 'configmap',
  aliases: ['cm'],
  short: 'Create a config map from a local file, directory or literal value',
  long: `
    Create a config map of files, of a directory, or of texts.

    A file is kept under its name, or under the key in front of it. Of a directory each file is kept whose name may be a key; what is no file (directories, links, devices) is left out.`,
  examples: `
    # The files of a folder
    $PROGRAM create configmap my-config --from-file=path/to/bar

    # Files under other keys
    $PROGRAM create configmap my-config --from-file=key1=/path/to/bar/file1.txt --from-file=key2=/path/to/bar/file2.txt

    # Texts
    $PROGRAM create configmap my-config --from-literal=key1=config1 --from-literal=key2=config2

    # The lines of a file of KEY=VALUE
    $PROGRAM create configmap my-config --from-env-file=path/to/bar.env`,
  usage: 'configmap NAME [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]',
  flags: {
    'append-hash': { type: 'boolean', description: 'Put a hash of the content behind the name.' },
    'from-env-file': { type: 'list', description: 'A file with lines of KEY=VALUE.' },
    'from-file': { type: 'list', description: 'A file, with its key in front if that is not its name (KEY=FILE), or a directory.' },
    'from-literal': { type: 'array', description: 'A key and its text: KEY=VALUE.' },
  },
  type: { group: '', version: 'v1', resource: 'configmaps', kind: 'ConfigMap', namespaced: true },
  failure: 'failed to create configmap: ',
  generate({ flags, directory, environment }, name) {
    const [files, literals, lines] = [flags['from-file'], flags['from-literal'], flags['from-env-file']];
    if (name === '') throw new Error('name must be specified');
    if (lines.length > 0 && files.length + literals.length > 0) throw new Error('from-env-file cannot be combined with from-file or from-literal');
    const content = new ConfigMapContent(name);
    for (const source of files) content.addFiles(filePairs(source, directory));
    for (const source of literals) content.addTexts([literalPair(source)]);
    for (const path of lines) content.addTexts(environmentFilePairs(path, { directory, environment, what: 'config' }));
    const { data, binaryData } = content;
    if (!flags['append-hash']) return { data, binaryData };
    const hash = nameHash({ kind: 'ConfigMap', name, data, ...(Object.keys(binaryData).length > 0 ? { binaryData } : {}) });
    return { metadata: { name: `${name}-${hash}` }, data, binaryData };
  },
});

class ConfigMapContent {
  readonly data: Record<string, string> = {};
  readonly binaryData: Record<string, string> = {};
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  addFiles(pairs: readonly KeyValue[]): void {
    for (const [key, bytes] of pairs) {
      this.#checkKey(key);
      const text = textOf(bytes);
      if (text === undefined) this.binaryData[key] = bytes.toString('base64');
      else this.data[key] = text;
    }
  }

  addTexts(pairs: readonly KeyValue[]): void {
    for (const [key, value] of pairs) {
      this.#checkKey(key);
      this.data[key] = value.toString('utf8');
    }
  }

  #checkKey(key: string): void {
    const problems = configMapKeyProblems(key);
    if (problems.length > 0) throw new Error(`${JSON.stringify(key)} is not a valid key name for a ConfigMap: ${problems.join(',')}`);
    for (const [field, values] of [['Data', this.data] as const, ['BinaryData', this.binaryData] as const])
      if (Object.hasOwn(values, key))
        throw new Error(
          `cannot add key ${JSON.stringify(key)}, another key by that name already exists in ${field} for ConfigMap ${JSON.stringify(this.#name)}`,
        );
  }
}

/** Undefined for bytes that are no text. */
function textOf(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
