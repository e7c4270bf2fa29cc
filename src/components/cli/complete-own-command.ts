import type { Command, Option } from 'commander';
import type { CommandContext, Completion } from '../../extension-points/commands/contract.ts';
import { completeNames, completeResources } from '../../extension-points/commands/resources/complete-resources.ts';
import type { Distribution } from './distribution.ts';
import { createProgram } from './main.ts';

type Asking = Pick<CommandContext, 'cluster'>;

/** Completes a line of one of wherry's own commands from what commander knows of it: sub-commands, options, values with choices; subjects of `why`. */
export function completeOwnCommand(
  distribution: Distribution,
  words: readonly string[],
  toComplete: string,
  context: Asking,
): Promise<Completion> | Completion {
  const { command, args, option } = follow(
    createProgram(distribution, () => undefined),
    words,
  );
  const valued = optionBegun(command, toComplete) ?? (option ? { option, begun: toComplete } : undefined);
  if (valued) return completeValue(valued, context);
  if (toComplete.startsWith('-')) return { choices: command.options.flatMap((each) => optionLines(each, toComplete)), also: 'nothing' };
  if (args.length === 0 && command.commands.length > 0) {
    const named = command.commands.filter((child) => child.name().startsWith(toComplete)).map((child) => `${child.name()}\t${child.description()}`);
    return { choices: named, also: 'nothing' };
  }
  if (command.name() === 'why') return args.length === 0 ? completeSubject(context, toComplete) : { choices: [], also: 'nothing' };
  const takesFiles = command.registeredArguments.some((argument) => argument.name() === 'file');
  return { choices: [], also: takesFiles ? 'files' : 'nothing' };
}

interface Followed {
  readonly command: Command;
  readonly args: readonly string[];
  /** The option whose value comes next. */
  readonly option: Option | undefined;
}

/** The command that the words name, and what is left of them without options. */
function follow(program: Command, words: readonly string[]): Followed {
  let command = program;
  let option: Option | undefined;
  const args: string[] = [];
  for (const word of words) {
    if (option) {
      option = undefined;
      continue;
    }
    if (word.startsWith('-')) {
      const named = optionNamed(command, word);
      option = named?.required ? named : undefined;
      continue;
    }
    const child = args.length === 0 ? command.commands.find((each) => each.name() === word) : undefined;
    if (child) command = child;
    else args.push(word);
  }
  return { command, args, option };
}

const optionNamed = (command: Command, word: string): Option | undefined => command.options.find(({ long, short }) => word === long || word === short);

interface ValueBegun {
  readonly option: Option;
  readonly begun: string;
}

function optionBegun(command: Command, toComplete: string): ValueBegun | undefined {
  const equals = toComplete.indexOf('=');
  if (equals < 0 || !toComplete.startsWith('-')) return undefined;
  const option = optionNamed(command, toComplete.slice(0, equals));
  return option ? { option, begun: toComplete.slice(equals + 1) } : undefined;
}

function completeValue({ option, begun }: ValueBegun, context: Asking): Promise<Completion> | Completion {
  if (option.argChoices) return { choices: option.argChoices.filter((choice) => choice.startsWith(begun)), also: 'nothing' };
  if (option.long === '--namespace') return completeNames(context, 'namespaces', begun);
  return { choices: [], also: /dir/.test(option.flags) ? 'folders' : 'files' };
}

/** `pod/NAME` and `node/NAME`. */
async function completeSubject(context: Asking, toComplete: string): Promise<Completion> {
  if (toComplete.includes('/')) return completeResources({ ...context, args: [] }, toComplete);
  const { choices } = await completeNames(context, 'pods', toComplete);
  return { choices: [...choices, ...['pod/', 'node/'].filter((type) => type.startsWith(toComplete))], also: 'nothing', keepsWordOpen: choices.length === 0 };
}

const optionLines = ({ long, short, description, hidden }: Option, toComplete: string): string[] =>
  hidden ? [] : [long, short].filter((word) => word?.startsWith(toComplete)).map((word) => `${word}\t${description}`);
