import { isatty } from 'node:tty';

/** Whether a standard stream is a terminal. */
export const isTerminal = (stream: { readonly fd?: number }): boolean => stream.fd !== undefined && isatty(stream.fd);
