import { styleText } from 'node:util';
import { goQuote } from '../../../api/cel/kubernetes/go-quote.ts';
import type { Output } from '../../../extension-points/commands/contract.ts';

/** A warning in krew's manner, red and bold in front. The text is written as it is, its line breaks too. */
export function warn(stderr: Output, text: string): void {
  const label = 'WARNING: ';
  stderr.write(`${stderr.hasColours ? styleText(['red', 'bold'], label, { validateStream: false }) : label}${text}`);
}

/** What krew says of everything from the default index, itself apart. */
export function warnOfPlugin(stderr: Output, plugin: string): void {
  if (plugin === 'krew') return;
  warn(
    stderr,
    `You installed plugin ${goQuote(plugin)} from the krew-index plugin repository.
   These plugins are not audited for security by the Krew maintainers.
   Run them at your own risk.\n`,
  );
}

/** A text in a frame that is open to the right. */
export const framed = (text: string): string => `\\\n${text.trimEnd().replace(/^/gm, ' | ')}\n/`;

/** Cells in columns two blanks apart; the last cell of a line is not filled up. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => rows.reduce((widest, row) => Math.max(widest, [...(row[column] ?? '')].length), 0));
  return rows.map((row) => `${row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column]! + 2))).join('')}\n`).join('');
}

const shellProfiles: readonly (readonly [shell: string, file: string])[] = [
  ['/zsh', '~/.zshrc'],
  ['/bash', '~/.bash_profile or ~/.bashrc'],
];

/** How to get the folder of links on PATH, for the shell in use. */
export function setupInstructions(shell: string, isWindows: boolean): string {
  if (isWindows)
    return `To be able to run kubectl plugins, you need to add the
"%USERPROFILE%\\.krew\\bin" directory to your PATH environment variable
and restart your shell.`;
  const isFish = shell.endsWith('/fish');
  const file = isFish ? 'config.fish' : (shellProfiles.find(([ending]) => shell.endsWith(ending))?.[1] ?? '~/.bash_profile, ~/.bashrc, or ~/.zshrc');
  const line = isFish
    ? 'set -q KREW_ROOT; and set -gx PATH $PATH $KREW_ROOT/bin; or set -gx PATH $PATH $HOME/.krew/bin'
    : // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's.
      'export PATH="${KREW_ROOT:-$HOME/.krew}/bin:$PATH"';
  return `To be able to run kubectl plugins, you need to add
the following to your ${file}:

    ${line}

and restart your shell.`;
}
