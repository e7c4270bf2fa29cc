export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, unknown>>;

/** Logs a constant message with fields; the logger is passed, scoped by name. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger whose lines carry `name` too: `api-server/watch`. */
  scope(name: string): Log;
}

const ranks: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };

/** Writes one line per message: time, level, scope, message, `field=value`. Errors in fields print their message and causes. */
export function createLog(write: (line: string) => void, minimum: LogLevel = 'info', scope = ''): Log {
  const emit =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      if (ranks[level] < ranks[minimum]) return;
      const pairs = Object.entries(fields).map(([name, value]) => ` ${name}=${fieldText(value)}`);
      write(`${new Date().toISOString()} ${level.padEnd(5)} ${scope ? `${scope}: ` : ''}${message}${pairs.join('')}\n`);
    };
  return {
    debug: emit('debug'),
    info: emit('info'),
    warn: emit('warn'),
    error: emit('error'),
    scope: (name) => createLog(write, minimum, scope ? `${scope}/${name}` : name),
  };
}

/** Drops everything; for tests. */
export const silentLog: Log = createLog(() => {}, 'error');

function fieldText(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(errorText(value));
  if (typeof value === 'string') return /^[\w./:@-]+$/.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(value) ?? 'undefined';
}

/** The message of an error and of its causes, outermost first. What was said already is not said again. */
export function errorText(error: unknown): string {
  return withCause('', error);
}

/** A cause that begins with what was said last takes its place. */
function joined(said: string, message: string): string {
  if (said.includes(message)) return said;
  const last = said.slice(said.lastIndexOf(': ') + 1).trim();
  return last !== '' && message.startsWith(last) ? `${said.slice(0, said.length - last.length)}${message}` : `${said}: ${message}`;
}

function withCause(said: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const text = said === '' ? message : joined(said, message);
  return error instanceof Error && error.cause !== undefined ? withCause(text, error.cause) : text;
}
