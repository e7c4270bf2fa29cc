import { defineCommand } from '../../../extension-points/commands/contract.ts';
import { completeLine, directives } from './complete-line.ts';

/** What shells call: `__complete WORD… BEGUN` prints the choices, and a directive in the last line, as cobra's programs do. */
export const completeCommand = defineCommand({
  name: '__complete',
  aliases: ['__completeNoDesc'],
  isHidden: true,
  short: 'Request shell completion choices for the specified command-line',
  usage: '__complete [command-line]',
  passesFlags: true,
  async run(context) {
    const { args, streams, line } = context;
    if (args.length === 0) throw new Error('requires at least 1 arg(s), only received 0');
    const isBare = line.arguments.find((word) => word.startsWith('__complete')) === '__completeNoDesc';
    const { choices, directive } = await completeLine(context, args.slice(0, -1), args.at(-1)!).catch(() => ({ choices: [], directive: directives.error }));
    const lines = choices.map((choice) => (isBare ? choice.split('\t')[0]! : choice).split('\n')[0]!.trim());
    streams.stdout.write(`${lines.map((text) => `${text}\n`).join('')}:${directive}\n`);
    streams.stderr.write(`Completion ended with directive: ${directiveText(directive)}\n`);
  },
});

const names: readonly (readonly [number, string])[] = [
  [1, 'ShellCompDirectiveError'],
  [2, 'ShellCompDirectiveNoSpace'],
  [4, 'ShellCompDirectiveNoFileComp'],
  [8, 'ShellCompDirectiveFilterFileExt'],
  [16, 'ShellCompDirectiveFilterDirs'],
  [32, 'ShellCompDirectiveKeepOrder'],
];

const directiveText = (directive: number): string =>
  names
    .filter(([flag]) => directive & flag)
    .map(([, name]) => name)
    .join(', ') || 'ShellCompDirectiveDefault';
