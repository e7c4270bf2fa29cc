import { defineCommand } from '../../../extension-points/commands/contract.ts';
import { bashScript } from './scripts/bash.ts';
import { fishScript } from './scripts/fish.ts';
import { powershellScript } from './scripts/powershell.ts';
import { zshScript } from './scripts/zsh.ts';

const scripts = new Map([
  ['bash', bashScript],
  ['fish', fishScript],
  ['powershell', powershellScript],
  ['zsh', zshScript],
]);

export const completionCommand = defineCommand({
  name: 'completion',
  group: 'Settings Commands:',
  short: 'Output shell completion code for the specified shell (bash, zsh, fish, or powershell)',
  long: 'Print what a shell needs to complete command lines: commands, flags, and names of what is on the server. The shell has to read it, each time that it starts.',
  examples: `
    # bash: in this shell, and in every one to come
    source <($PROGRAM completion bash)
    echo 'source <($PROGRAM completion bash)' >> ~/.bashrc

    # For an alias
    alias k=$PROGRAM
    complete -F __start_$PROGRAM k

    # zsh
    source <($PROGRAM completion zsh)
    $PROGRAM completion zsh > "\${fpath[1]}/_$PROGRAM"

    # fish
    $PROGRAM completion fish | source
    $PROGRAM completion fish > ~/.config/fish/completions/$PROGRAM.fish

    # powershell
    $PROGRAM completion powershell | Out-String | Invoke-Expression
    $PROGRAM completion powershell >> $PROFILE`,
  usage: 'completion SHELL',
  complete: ({ args }, toComplete) => ({
    choices: args.length > 0 ? [] : [...scripts.keys()].filter((shell) => shell.startsWith(toComplete)),
    also: 'nothing',
  }),
  run({ args, program, streams, usageError }) {
    const [shell] = args;
    if (shell === undefined) throw usageError('Shell not specified.');
    if (args.length > 1) throw usageError('Too many arguments. Expected only the shell type.');
    const script = scripts.get(shell);
    if (!script) throw usageError(`Unsupported shell type ${JSON.stringify(shell)}.`);
    streams.stdout.write(script(program));
  },
});
