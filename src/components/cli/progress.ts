import { styleText } from 'node:util';
import type { StageReporter } from './distribution.ts';

export interface StageLine {
  readonly name: string;
  readonly durationMs: number;
  readonly note: string;
  readonly error?: string;
}

/** Draws one line per stage: a mark, the name, the time it took, and a note. On a terminal the running stage is shown while it runs. */
export function createProgress(stream: NodeJS.WriteStream, report?: (line: StageLine | string) => void): StageReporter {
  const isTerminal = stream.isTTY === true;
  const style = (format: Parameters<typeof styleText>[0], text: string): string => styleText(format, text, { stream });
  return {
    async stage(name, work) {
      const started = performance.now();
      let note = '';
      if (isTerminal && !report) stream.write(`  ${style('dim', '…')} ${name}`);
      const finish = (error?: string): void => {
        const line: StageLine = { name, durationMs: performance.now() - started, note, ...(error === undefined ? {} : { error }) };
        if (report) report(line);
        else stream.write(`${isTerminal ? '\r\u001b[K' : ''}${renderStage(line, style)}\n`);
      };
      try {
        const result = await work((text) => {
          note = text;
        });
        finish();
        return result;
      } catch (error) {
        finish(error instanceof Error ? error.message : String(error));
        throw error;
      }
    },
    say(line) {
      if (report) report(line);
      else stream.write(`${line}\n`);
    },
  };
}

/** `  ✓ API server            142 ms  https://127.0.0.1:6443` */
export function renderStage(line: StageLine, style: (format: Parameters<typeof styleText>[0], text: string) => string): string {
  const mark = line.error === undefined ? style('green', '✓') : style('red', '✗');
  const time = line.durationMs < 1000 ? `${Math.round(line.durationMs)} ms` : `${(line.durationMs / 1000).toFixed(1)} s`;
  return `  ${mark} ${line.name.padEnd(22)} ${style('dim', time.padStart(7))}${line.note ? `  ${line.note}` : ''}`;
}
