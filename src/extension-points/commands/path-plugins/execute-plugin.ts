import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Environment } from '../../../kernel/look-up-executable.ts';
import { operatingSystemText } from './operating-system-error.ts';

export interface PluginExecution {
  /** The executable; the plugin finds it as its own name (`$0`). */
  readonly path: string;
  readonly args: readonly string[];
  readonly environment: Environment;
}

/**
 * Runs a plugin on this process's terminal, pipes and files. Where the platform allows it the plugin takes this process's place, as it does with kubectl, and this
 * never returns: signals, job control and the exit code are its own then. Else it answers the exit code of a child; 128 and the signal for one that a signal ended.
 * Rejects with the operating system's words (`exec format error`) when it cannot be started.
 */
export async function executePlugin(execution: PluginExecution): Promise<number> {
  if (typeof process.execve === 'function' && process.platform !== 'win32') replaceProcess(execution);
  return runChild(execution);
}

/** Set by kubectl 1.37 and later for its plugins: the program that started them, so that they can call it back. */
export const kubectlPathVariable = 'KUBECTL_PATH';

/** The environment that a plugin gets: this process's own, and the path to come back by. */
export const pluginEnvironment = (environment: Environment, ownPath: string): Environment => ({ ...environment, [kubectlPathVariable]: ownPath });

function replaceProcess({ path, args, environment }: PluginExecution): never {
  // Node ignores these two, and what is ignored stays so in the next program, where a closed pipe could then go unnoticed for ever. Handled ones go back to normal.
  for (const signal of ['SIGPIPE', 'SIGXFSZ'] as const) process.on(signal, ignore);
  const { emitWarning } = process;
  // Node announces that the call is experimental, on the standard error that is the plugin's own.
  process.emitWarning = ignore;
  try {
    return process.execve!(path, [path, ...args], definedOnly(environment)) as never;
  } catch (error) {
    throw new Error(operatingSystemText(error), { cause: error });
  } finally {
    process.emitWarning = emitWarning;
    for (const signal of ['SIGPIPE', 'SIGXFSZ'] as const) process.off(signal, ignore);
  }
}

/** A child of its own on the same streams. */
export function runChild({ path, args, environment }: PluginExecution): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const child = spawn(path, args, { argv0: path, env: definedOnly(environment), stdio: 'inherit' });
  // The terminal tells both of an interrupt: the plugin decides what comes of it. The others reach this process alone.
  const passOn = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of passedOn) process.on(signal, passOn);
  for (const signal of fromTerminal) process.on(signal, ignore);
  const letGo = (): void => {
    for (const signal of passedOn) process.off(signal, passOn);
    for (const signal of fromTerminal) process.off(signal, ignore);
  };
  child.once('error', (error) => (letGo(), reject(new Error(operatingSystemText(error), { cause: error }))));
  child.once('exit', (code, signal) => (letGo(), resolve(code ?? 128 + constants.signals[signal!])));
  return promise;
}

const passedOn = ['SIGTERM', 'SIGHUP'] as const;
const fromTerminal = ['SIGINT', 'SIGQUIT'] as const;
const ignore = (): void => {};

const definedOnly = (environment: Environment): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined));
