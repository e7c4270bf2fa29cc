/**
 * Flags of Node for a process that serves a cluster. What a request makes mostly lives until its commit: with V8's usual 16 MiB for what is new it is copied around,
 * and kept, before it is garbage. With more than this, each collection holds requests up for longer. A cluster at rest is no larger for it.
 */
export const serverFlags = ['--max-semi-space-size=32'];

/** What bin/wherry.js starts Node with, for programs that end before garbage is worth collecting. */
const commandFlags = ['--min-semi-space-size=4'];

/** Node's flags for a process like this one that serves. */
export const flagsToServe = (): string[] => [...process.execArgv.filter((flag) => !commandFlags.includes(flag)), ...serverFlags];

/**
 * Goes on as the same process with `serverFlags`, where the system knows how; then it does not return. Otherwise, and when it has them, it does nothing: they make a
 * server faster, not different. To be called before anything is open.
 */
export function becomeServer(): void {
  const hasThem = serverFlags.every((flag) => process.execArgv.includes(flag));
  // A parent that listens would be lost.
  if (hasThem || process.send || !process.execve) return;
  process.execve(process.execPath, [process.execPath, ...flagsToServe(), ...process.argv.slice(1)], process.env);
}
