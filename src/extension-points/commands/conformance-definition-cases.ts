import assert from 'node:assert/strict';
import { globalFlags } from './cluster/global-flags.ts';
import type { ProcessSubject } from './conformance-cases.ts';
import type { Command, CommandContext, Completion, FlagDefinition, FlagTable } from './contract.ts';
import { isListed, loaded } from './flags/find-command.ts';
import { createFlagSet, parseFlags } from './flags/parse-flags.ts';
import { runCommand } from './testing.ts';
import { unreachableContext } from './testing-context.ts';

/** What the host counts on in what a command says of itself, by name. */
export const definitionCases = {
  'is, once loaded, what it was said to be': async ({ summary, load }) => {
    const command = await load();
    const said = ({ name, aliases = [], short, group, isHidden = false, suggestFor = [] }: Omit<Command, 'usage'>) => ({
      name,
      aliases,
      short,
      group,
      isHidden,
      suggestFor,
    });
    assert.deepEqual(said(command), said(summary));
  },
  'has a name that can be typed, a purpose of one line, and a usage that begins with its name': async ({ load }) => {
    for (const { command } of await family(await load())) {
      for (const name of [command.name, ...(command.aliases ?? [])]) assert.match(name, /^[^\s-]\S*$/, `"${name}" is no word`);
      assert.match(command.short, /^\S.*\S$/, `${command.name}: "${command.short}" is not one line`);
      assert.ok(command.usage === command.name || command.usage.startsWith(`${command.name} `), `${command.name}: its usage is "${command.usage}"`);
      assert.ok(command.run || command.subcommands?.length, `${command.name} neither runs nor has sub-commands`);
    }
  },
  'has no two sub-commands of one name': async ({ load }) => {
    for (const { command } of await family(await load())) {
      const names = (command.subcommands ?? []).flatMap(({ name, aliases = [] }) => [name, ...aliases]);
      assert.deepEqual(names, [...new Set(names)], `below ${command.name}`);
    }
  },
  'has flags that can be typed, described, whose defaults are values of theirs': async ({ load }) => {
    for (const { command } of await family(await load()))
      for (const [name, flag] of Object.entries({ ...command.persistentFlags, ...command.flags })) checkFlag(`${command.name} --${name}`, name, flag);
  },
  'gives no letter to two of its flags': async ({ load }) => {
    for (const { command, path } of await family(await load())) {
      const tables: readonly (FlagTable | undefined)[] = [...path.map(({ persistentFlags }) => persistentFlags), command.flags];
      const letters = Object.entries(Object.assign({}, ...tables) as FlagTable).flatMap(([, { shorthand }]) => shorthand ?? []);
      assert.deepEqual(letters, [...new Set(letters)], `${command.name} has a letter twice`);
    }
  },
  'has help for each of its sub-commands': async ({ load }) => {
    const root = await load();
    for (const { command, path } of await family(root)) {
      if (path.some(({ passesFlags }) => passesFlags)) continue;
      const { code, stdout, stderr } = await runCommand(root, [...path.slice(1).map(({ name }) => name), '--help']);
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' }, command.name);
      for (const [name, flag] of Object.entries(command.flags ?? {}))
        if (!flag.isHidden && !flag.deprecated) assert.ok(stdout.includes(`--${name}=`), `the help of ${command.name} does not tell of --${name}`);
    }
  },
  'completes quietly while no cluster answers, with words that begin like the one begun': async ({ load }) => {
    for (const { command, path } of await family(await load()))
      for (const toComplete of ['', 'x', '/']) {
        const asked = [command.complete, ...Object.values(command.completeFlag ?? {})].filter((complete) => complete !== undefined);
        for (const complete of asked) await checkCompletion(command, path, toComplete, complete);
      }
  },
} satisfies Record<string, (subject: ProcessSubject) => Promise<void>>;

interface Member {
  readonly command: Command;
  /** From the root down to it, itself included. */
  readonly path: readonly Command[];
}

/** The command and everything below it. */
async function family(command: Command, above: readonly Command[] = []): Promise<Member[]> {
  const path = [...above, command];
  const children = await Promise.all((command.subcommands ?? []).filter(isListed).map(async (child) => family(await loaded(child), path)));
  return [{ command, path }, ...children.flat()];
}

const typeOfDefault: Readonly<Record<FlagDefinition['type'], string>> = {
  string: 'string',
  boolean: 'boolean',
  list: 'object',
  array: 'object',
  pairs: 'object',
  integer: 'number',
  float: 'number',
  duration: 'number',
  count: 'number',
};

function checkFlag(where: string, name: string, flag: FlagDefinition): void {
  assert.match(name, /^[a-z0-9]+(?:-[a-z0-9]+)*$/, `${where}: small letters, digits and single dashes are wanted`);
  assert.notEqual(name, 'help', `${where}: --help is the host's`);
  if (flag.shorthand !== undefined) assert.match(flag.shorthand, /^[A-Za-z0-9]$/, `${where}: "${flag.shorthand}" is not one letter`);
  assert.match(flag.description, /\S/, `${where} is not described`);
  if (flag.default !== undefined) assert.equal(typeof flag.default, typeOfDefault[flag.type], `${where}: its default is of another type`);
  // A bare value that is no value of the flag would be told to whoever uses it.
  if (flag.bareValue !== undefined) parseFlags(createFlagSet({ [name]: flag }), [`--${name}`]);
}

type Complete = (context: CommandContext, toComplete: string) => Promise<Completion> | Completion;

async function checkCompletion(command: Command, path: readonly Command[], toComplete: string, complete: Complete): Promise<void> {
  await using asked = unreachableContext(path, globalFlags);
  const { choices } = await complete.call(command, asked.context, toComplete);
  for (const choice of choices) {
    assert.doesNotMatch(choice, /[\n\r]/, `${command.name} completes with several lines`);
    assert.ok(choice.startsWith(toComplete), `${command.name} completes "${toComplete}" with "${choice}"`);
  }
  assert.deepEqual(asked.output(), { stdout: '', stderr: '' }, `${command.name} prints while it completes`);
}
