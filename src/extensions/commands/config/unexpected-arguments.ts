import type { Command, CommandContext } from '../../../extension-points/commands/contract.ts';
import { ExitCode } from '../../../extension-points/commands/errors/command-errors.ts';
import { helpText } from '../../../extension-points/commands/help/help-text.ts';

/** These commands print their help when they get the wrong number of arguments. */
export function unexpectedArguments({ args, program, commandPath, streams }: CommandContext, command: Command): ExitCode {
  return new ExitCode(1, `error: Unexpected args: [${args.join(' ')}]\n`, helpText(command, { program, commandPath, columns: streams.stdout.columns }));
}
