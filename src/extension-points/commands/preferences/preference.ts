import { type CredentialPluginPolicy, policyProblem } from '../../../client/credential-plugin-policy.ts';

/** What a user wants of the command line: a kuberc file's `Preference` (`kubectl.config.k8s.io/v1beta1`, or `v1alpha1` in its words). */
export interface Preference {
  readonly defaults: readonly CommandDefaults[];
  readonly aliases: readonly CommandAlias[];
  readonly pluginPolicy: CredentialPluginPolicy;
}

/** Other defaults for flags of a command (`get`, `set env`). */
export interface CommandDefaults {
  readonly command: string;
  readonly options: readonly OptionDefault[];
}

/** Another name for a command with flags and arguments: NAME ARGUMENTS is COMMAND OPTIONS PREPENDED ARGUMENTS APPENDED. */
export interface CommandAlias {
  readonly name: string;
  readonly command: string;
  readonly prependArgs: readonly string[];
  readonly appendArgs: readonly string[];
  readonly options: readonly OptionDefault[];
}

export interface OptionDefault {
  /** Long, without dashes. */
  readonly name: string;
  readonly default: string;
}

type Fields = Readonly<Record<string, unknown>>;

const group = 'kubectl.config.k8s.io';
/** What the lists are called in each version. */
const versions: Readonly<Record<string, { readonly defaults: string; readonly options: string }>> = {
  [`${group}/v1beta1`]: { defaults: 'defaults', options: 'options' },
  [`${group}/v1alpha1`]: { defaults: 'overrides', options: 'flags' },
};

/** What one document says, and the fields in it that mean nothing; undefined where it is no `Preference` that can be read. */
export function preferenceIn(document: unknown): { readonly preference: Preference; readonly unknownFields: readonly string[] } | undefined {
  if (!isMapping(document) || document['kind'] !== 'Preference') return undefined;
  const words = versions[String(document['apiVersion'])];
  if (!words) return undefined;
  const reader = new Reader();
  const isNew = words.defaults === 'defaults';
  const fields = reader.mapping(document, '', [
    'kind',
    'apiVersion',
    words.defaults,
    'aliases',
    ...(isNew ? ['credentialPluginPolicy', 'credentialPluginAllowlist'] : []),
  ]);
  const options = (value: unknown, path: string): OptionDefault[] =>
    reader.list(value, path, ['name', 'default']).map((option) => ({ name: reader.text(option['name']), default: reader.text(option['default']) }));
  const preference: Preference = {
    defaults: reader.list(fields[words.defaults], words.defaults, ['command', words.options]).map((entry, index) => ({
      command: reader.text(entry['command']),
      options: options(entry[words.options], `${words.defaults}[${index}].${words.options}`),
    })),
    aliases: reader.list(fields['aliases'], 'aliases', ['name', 'command', 'prependArgs', 'appendArgs', words.options]).map((entry, index) => ({
      name: reader.text(entry['name']),
      command: reader.text(entry['command']),
      prependArgs: reader.texts(entry['prependArgs']),
      appendArgs: reader.texts(entry['appendArgs']),
      options: options(entry[words.options], `aliases[${index}].${words.options}`),
    })),
    pluginPolicy: policyIn(isNew ? fields : {}, reader),
  };
  return reader.isWrong ? undefined : { preference, unknownFields: reader.unknownFields };
}

function policyIn(fields: Fields, reader: Reader): CredentialPluginPolicy {
  const list = fields['credentialPluginAllowlist'];
  const entries = reader.list(list, 'credentialPluginAllowlist', ['name', 'command']);
  const commands = entries.map(({ name, command }) => {
    if (name && command && name !== command) reader.isWrong = true;
    return reader.text(command) || reader.text(name);
  });
  return { type: reader.text(fields['credentialPluginPolicy']), ...(list === undefined || list === null ? {} : { allowlist: commands }) };
}

/** What is wrong with a preference, in kubectl's words; undefined: nothing. */
export function preferenceProblem({ aliases, defaults, pluginPolicy }: Preference): string | undefined {
  const names = new Set<string>();
  const dashed = (options: readonly OptionDefault[]): string | undefined => {
    const found = options.find(({ name }) => name.startsWith('-'));
    return found && `flag name ${found.name} should be in long form without dashes`;
  };
  for (const { name, options } of aliases) {
    if (!/^[a-zA-Z]+$/.test(name)) return 'invalid alias name, can only include alphabetical characters';
    const problem = dashed(options);
    if (problem) return problem;
    if (names.has(name)) return `duplicate alias name ${name}`;
    names.add(name);
  }
  return defaults.map(({ options }) => dashed(options)).find((problem) => problem !== undefined) ?? policyProblem(pluginPolicy);
}

const isMapping = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Takes values of the types they must have, and notes what has none. */
class Reader {
  isWrong = false;
  readonly unknownFields: string[] = [];

  mapping(value: unknown, path: string, known: readonly string[]): Fields {
    if (value === undefined || value === null) return {};
    if (!isMapping(value)) {
      this.isWrong = true;
      return {};
    }
    for (const name of Object.keys(value)) if (!known.includes(name)) this.unknownFields.push(path === '' ? name : `${path}.${name}`);
    return value;
  }

  list(value: unknown, path: string, known: readonly string[]): Fields[] {
    return this.#items(value).map((item, index) => this.mapping(item, `${path}[${index}]`, known));
  }

  texts(value: unknown): string[] {
    return this.#items(value).map((item) => this.text(item));
  }

  text(value: unknown): string {
    if (typeof value === 'string') return value;
    if (value !== undefined && value !== null) this.isWrong = true;
    return '';
  }

  #items(value: unknown): readonly unknown[] {
    if (Array.isArray(value)) return value as unknown[];
    if (value !== undefined && value !== null) this.isWrong = true;
    return [];
  }
}
