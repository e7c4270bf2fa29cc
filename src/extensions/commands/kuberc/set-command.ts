import { defineCommand } from '../../../extension-points/commands/contract.ts';
import { ManyErrors, UsageError } from '../../../extension-points/commands/errors/command-errors.ts';
import { emptyPreference, placeOf, readStored, type StoredEntry, type StoredPreference, writeStored } from './stored-preference.ts';

const sections = ['defaults', 'aliases', 'credentialplugin'] as const;
const policies = ['AllowAll', 'DenyAll', 'Allowlist'];
const quoted = (words: readonly string[]): string => words.map((word, index) => `${index === words.length - 1 ? 'or ' : ''}${JSON.stringify(word)}`).join(', ');

interface SetFlags {
  readonly section: string;
  readonly command: string;
  readonly name: string;
  readonly policy: string;
  readonly option: readonly string[];
  readonly prependarg: readonly string[];
  readonly appendarg: readonly string[];
  readonly 'allowlist-entry': readonly string[];
  readonly overwrite: boolean;
}

export const setCommand = defineCommand({
  name: 'set',
  short: 'Set values in the kuberc configuration',
  long: `
    Set values in the kuberc file, which is made if need be.

    --section says of what: "defaults" are other defaults for the flags of a command, "aliases" are other names for a command with flags and arguments, "credentialplugin" is
    which credential plugins may run. --command names the command alone ("get", "set env"); resources and other arguments of an alias are given by --prependarg and --appendarg.`,
  usage: 'set --section (defaults|aliases) --command COMMAND',
  examples: `
    # Another default for the output format of "get"
    $PROGRAM kuberc set --section defaults --command get --option output=wide

    # The same once more
    $PROGRAM kuberc set --section defaults --command get --option output=json --overwrite

    # An alias with arguments behind those that are typed
    $PROGRAM kuberc set --section aliases --name runx --command run --option image=nginx --appendarg "--" --appendarg custom-arg1

    # Let one credential plugin run, and no other
    $PROGRAM kuberc set --section credentialplugin --policy Allowlist --allowlist-entry command=cloud-credential-helper`,
  flags: {
    'allowlist-entry': { type: 'array', description: 'A credential plugin that may run, as command=NAME-OR-PATH; may be given more than once.' },
    appendarg: { type: 'array', description: 'An argument of an alias behind those that are typed; may be given more than once.' },
    command: { type: 'string', description: "The command ('get', 'create', 'set env')." },
    name: { type: 'string', description: 'The name of an alias.' },
    option: { type: 'array', description: 'A flag and its value, as FLAG=VALUE; may be given more than once.' },
    overwrite: { type: 'boolean', description: 'Replace what is there of that name.' },
    policy: { type: 'string', description: "Which credential plugins may run: 'AllowAll', 'DenyAll' or 'Allowlist'." },
    prependarg: { type: 'array', description: 'An argument of an alias in front of those that are typed; may be given more than once.' },
    section: { type: 'string', isRequired: true, description: "What to change: 'defaults', 'aliases' or 'credentialplugin'." },
  },
  run(context) {
    const { flags, isSet } = context;
    if (!isSet('section')) throw new UsageError('required flag(s) "section" not set');
    const { path } = placeOf(context);
    requireSense(flags);
    const stored = readStored(path) ?? emptyPreference();
    change(stored, flags);
    writeStored(path, stored, context);
  },
});

function requireSense(flags: SetFlags): void {
  const { section, command, name, prependarg, appendarg } = flags;
  if (!sections.some((known) => known === section)) throw new Error(`--section must be ${quoted(sections)}, got: ${section}`);
  if (section === 'aliases' && name === '') throw new Error('--name is required when --section=aliases');
  if (section === 'defaults' && name !== '') throw new Error('--name should not be specified when --section=defaults');
  if (section === 'defaults' && prependarg.length + appendarg.length > 0) throw new Error('--prependarg and --appendarg are only valid for --section=aliases');
  if (section === 'credentialplugin') return requirePolicy(flags);
  if (command === '') throw new Error('--command is required when --section=aliases or --section=defaults');
}

function requirePolicy({ policy, 'allowlist-entry': entries }: SetFlags): void {
  if (policy === '') throw new Error('--policy is required when --section=credentialplugin');
  if (!policies.includes(policy)) throw new Error(` --policy must be  ${quoted(policies)}, got: ${policy}`);
  const asWanted = policy === 'Allowlist' ? entries.length > 0 : entries.length === 0;
  if (!asWanted)
    throw new Error(`--allowlist-entry ${policy === 'Allowlist' ? 'is required' : 'may only be used'} when --section=credentialplugin and --policy=Allowlist`);
}

function change(stored: StoredPreference, flags: SetFlags): void {
  const options = flags.option.map(optionIn);
  if (flags.section === 'credentialplugin') {
    if (flags.policy === 'Allowlist') stored['credentialPluginAllowlist'] = allowlistIn(flags['allowlist-entry']);
    stored['credentialPluginPolicy'] = flags.policy;
  } else if (flags.section === 'defaults') {
    const { command } = flags;
    const at = placeIn((stored.defaults ??= []), (entry) => entry.command === command, {
      flags,
      what: `defaults for command ${JSON.stringify(command)} already exist`,
    });
    const before = stored.defaults[at];
    stored.defaults[at] = { command, options: options.length > 0 ? options : (before?.options ?? null) };
  } else {
    const { name, command, prependarg, appendarg } = flags;
    const at = placeIn((stored.aliases ??= []), (entry) => entry.name === name, { flags, what: `alias ${JSON.stringify(name)} already exists` });
    const before = stored.aliases[at];
    const given = { prependArgs: prependarg, appendArgs: appendarg, options };
    // What is not given stays.
    const fields = Object.entries(given).map(([field, value]) => [field, value.length > 0 ? value : before?.[field]] as const);
    stored.aliases[at] = { name, command, ...Object.fromEntries(fields.filter(([, value]) => value !== undefined)) };
  }
}

function placeIn(
  entries: StoredEntry[],
  isMeant: (entry: StoredEntry) => boolean,
  { flags, what }: { readonly flags: SetFlags; readonly what: string },
): number {
  const at = entries.findIndex(isMeant);
  if (at >= 0 && !flags.overwrite) throw new Error(`${what}, use --overwrite to replace`);
  return at < 0 ? entries.length : at;
}

function optionIn(text: string): { name: string; default: string } {
  const equals = text.indexOf('=');
  if (equals < 0) throw new Error(`invalid option format ${JSON.stringify(text)}, expected flag=value`);
  return { name: text.slice(0, equals).replace(/^-+/, ''), default: text.slice(equals + 1) };
}

function allowlistIn(texts: readonly string[]): { command: string }[] {
  const errors: Error[] = [];
  const entries = texts
    .flatMap((text) => text.split(','))
    .flatMap((pair) => {
      const [field, ...rest] = pair.split('=');
      const value = rest.join('=');
      const problem = entryProblem(pair, field ?? '', rest.length > 0 ? value : undefined);
      if (problem === undefined) return [{ command: value }];
      errors.push(new Error(problem));
      return [];
    });
  ManyErrors.throwIfAny(errors);
  return entries;
}

function entryProblem(pair: string, field: string, value: string | undefined): string | undefined {
  if (value === undefined) return `improperly formatted allowlist entry: ${JSON.stringify(pair)}`;
  if (field === 'name') return 'allowlist entry field "name" is deprecated, use "command" instead';
  if (field !== 'command') return `unrecognized allowlist entry field: ${JSON.stringify(field)}`;
  return value.trim() === '' ? `empty value in allowlist entry for field ${JSON.stringify(field)}` : undefined;
}
