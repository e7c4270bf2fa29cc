import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type CommandChannels, openCommandChannels } from '../../../client/streaming/command-channels.ts';
import type { ClusterAccess } from '../cluster/contract.ts';
import { requireSuccess } from './command-outcome.ts';
import type { TerminalSize } from './terminal.ts';

export interface RemoteCommand {
  /** Of the sub-resource `exec` or `attach`, with its query. */
  readonly path: string;
  readonly stdin?: Readable | undefined;
  readonly stdout?: Writable | undefined;
  readonly stderr?: Writable | undefined;
  readonly tty?: boolean;
  /** Calls back with each size of the terminal, the first at once. */
  readonly sizes?: ((resize: (size: TerminalSize) => void) => void) | undefined;
}

/** The connection to the server broke while a command ran; how that went is not known. */
export class CommandCutOff extends Error {
  constructor(problem: string) {
    super(`error reading from error stream: ${problem}`);
    this.name = 'CommandCutOff';
  }
}

const maximumOutcomeBytes = 1024 * 1024;

/**
 * Joins local streams to a command in a container until it ends; the local ones stay open. Throws `ExitCode` when the command did not exit with 0,
 * the server's refusal, `CommandCutOff`, or why its input could not be read.
 */
export async function runRemoteCommand(cluster: ClusterAccess, { path, stdin, stdout, stderr, tty = false, sizes }: RemoteCommand): Promise<void> {
  const wants = { stdin: stdin !== undefined, stdout: stdout !== undefined, stderr: stderr !== undefined, tty };
  using channels = await openCommandChannels(cluster.connection(), { path, wants, userAgent: 'wherry' });
  sizes?.((size) => void channels.resize?.write(JSON.stringify(size)));
  // A command whose input fails would wait for the rest of it for ever.
  const input = stdin && channels.stdin ? sendInput(stdin, channels.stdin, () => channels[Symbol.dispose]()) : undefined;
  const [outcome] = await Promise.all([readOutcome(channels.outcome), forward(channels.stdout, stdout), forward(channels.stderr, stderr)]);
  input?.stop();
  if (input?.problem()) throw input.problem();
  requireInOrder(channels, outcome);
  requireSuccess(outcome);
}

async function readOutcome(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= maximumOutcomeBytes) chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A reader of the output that went away (`| head`) ends the output, not the program, as SIGPIPE is not for those who copy. */
async function forward(from: Readable | undefined, to: Writable | undefined): Promise<void> {
  if (!from || !to) return;
  for await (const chunk of from as AsyncIterable<Buffer>) {
    if (to.destroyed) return;
    if (!to.write(chunk)) await flowing(to);
  }
}

/** Resolves when a stream takes more, or nothing any more. A pipeline would leave listeners behind on outputs that see many commands. */
const flowing = (to: Writable): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      to.off('drain', done).off('close', done).off('error', done);
      resolve();
    };
    to.on('drain', done).on('close', done).on('error', done);
  });

/** The command may end before its input does: then what is left of it is not read. */
function sendInput(from: Readable, to: Writable, onProblem: () => void): { stop(): void; problem(): Error | undefined } {
  const stopping = new AbortController();
  let problem: Error | undefined;
  pipeline(from, to, { signal: stopping.signal }).catch((error: Error) => {
    if (stopping.signal.aborted) return;
    problem = error;
    onProblem();
  });
  return { stop: () => stopping.abort(), problem: () => problem };
}

function requireInOrder(channels: CommandChannels, outcome: string): void {
  const problem = channels.problem();
  if (problem !== undefined && outcome === '') throw new CommandCutOff(problem);
}
