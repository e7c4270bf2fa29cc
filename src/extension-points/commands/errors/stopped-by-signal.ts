import { constants } from 'node:os';

/** Why a command's signal aborts: the process was told to end. It does so silently, with the exit code that shells have for a process that the signal ended. */
export class StoppedBySignal extends Error {
  /** 128 and the signal's number: 130 for Ctrl-C. */
  readonly exitCode: number;
  constructor(name: 'SIGINT' | 'SIGTERM' | 'SIGHUP') {
    super(`stopped by ${name}`);
    this.name = 'StoppedBySignal';
    this.exitCode = 128 + constants.signals[name];
  }
}
