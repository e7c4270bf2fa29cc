import type { Command, CommandSummary, FlagTable } from '../contract.ts';
import { isListed } from '../flags/find-command.ts';
import { defaultText } from '../flags/flag-values.ts';
import { dedent, indented, named, reflow, wrap, wrapWidth } from './text-layout.ts';

export interface HelpOptions {
  readonly program: string;
  /** `kubectl config`: the program and the names down to the command. */
  readonly commandPath: string;
  /** Of the terminal; undefined: no wrapping. */
  readonly columns: number | undefined;
}

/** `--help` of a command, in kubectl's layout. */
export function helpText(command: Command, { program, commandPath, columns }: HelpOptions): string {
  const width = wrapWidth(columns);
  const sections = [wrap(reflow(named(command.long ?? command.short, program)), width)];
  if (command.aliases?.length) sections.push(`Aliases:\n${[command.name, ...command.aliases].join(', ')}`);
  if (command.examples) sections.push(`Examples:\n${indented(named(command.examples, program))}`);
  const subcommands = [...(command.subcommands ?? [])].sort((left, right) => (left.name < right.name ? -1 : 1));
  if (subcommands.some(isListed)) sections.push(commandList('Available Commands:', subcommands));
  const flags = flagList(command.flags ?? {}, width);
  if (flags !== '') sections.push(`Options:\n${flags}`);
  const parent = commandPath.slice(0, commandPath.lastIndexOf(' '));
  const usage = `${parent} ${named(command.usage, program)}`;
  sections.push(`Usage:\n  ${usage.includes('[options]') ? usage : `${usage} [options]`}`);
  const more = subcommands.length > 0 ? `Use "${commandPath} <command> --help" for more information about a given command.\n` : '';
  return `${sections.join('\n\n')}\n\n${more}Use "${program} options" for a list of global command-line options (applies to all commands).\n`;
}

/** What the program prints when it is asked for nothing: its commands under their headings, in the order in which the headings first appear. */
export function rootHelpText(
  commands: readonly CommandSummary[],
  { program, introduction, columns }: { program: string; introduction: string; columns: number | undefined },
): string {
  const other = 'Other Commands:';
  const groups = Map.groupBy(commands.filter(isListed), ({ group }) => group ?? other);
  const headings = [...groups.keys()].filter((heading) => heading !== other);
  const lists = [...headings, ...(groups.has(other) ? [other] : [])].map((heading) => commandList(heading, groups.get(heading)!));
  return `${[wrap(dedent(introduction), wrapWidth(columns)), ...lists].join('\n\n')}

Usage:
  ${program} [flags] [options]

Use "${program} <command> --help" for more information about a given command.
Use "${program} options" for a list of global command-line options (applies to all commands).
`;
}

/** The global flags, for the command `options`. */
export const optionsText = (flags: FlagTable, columns: number | undefined): string =>
  `The following options can be passed to any command:\n\n${flagList(flags, wrapWidth(columns))}\n\n`;

const longestName = 11;

function commandList(heading: string, commands: readonly CommandSummary[]): string {
  const listed = commands.filter(isListed);
  const width = Math.max(longestName, ...listed.map(({ name }) => name.length));
  return [heading, ...listed.map(({ name, short }) => `  ${name.padEnd(width)}   ${short}`)].join('\n');
}

function flagList(flags: FlagTable, width: number | undefined): string {
  return Object.entries(flags)
    .filter(([, { isHidden, deprecated }]) => !isHidden && !deprecated)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, flag]) => {
      const start = flag.shorthand && !flag.shorthandDeprecated ? `    -${flag.shorthand}, ` : '    ';
      const description = wrap(flag.description, width === undefined ? undefined : width - 10).replaceAll('\n', '\n\t');
      return `${start}--${name}=${defaultText(flag)}:\n\t${description}`;
    })
    .join('\n\n');
}
