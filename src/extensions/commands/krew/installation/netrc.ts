import { readFileSync } from 'node:fs';
import { goQuote } from '../../../../api/cel/kubernetes/go-quote.ts';

export interface Credentials {
  readonly login: string;
  readonly password: string;
}

/** The credentials a .netrc file has for a host, or for all others; undefined when it has none that are whole. Throws when there is no such file. */
export function credentialsFor(host: string, path: string): Credentials | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(`failed to open netrc file ${goQuote(path)}: ${(error as Error).message}`, { cause: error });
  }
  const machines = parseNetrc(text);
  const { login, password } = machines.find(({ name }) => name === host) ?? machines.find(({ name }) => name === undefined) ?? {};
  return login && password ? { login, password } : undefined;
}

interface Machine {
  /** Absent: every host without one of its own. */
  name?: string;
  login?: string;
  password?: string;
}

function parseNetrc(text: string): Machine[] {
  const machines: Machine[] = [];
  // A macro goes on to the next empty line.
  const words = text
    .replace(/^[ \t]*macdef[^]*?(?:\n[ \t]*\n|(?![^]))/gm, '')
    .replace(/^[ \t]*#.*$/gm, '')
    .split(/\s+/)
    .values();
  for (const word of words) {
    if (word === 'machine') machines.push({ name: words.next().value ?? '' });
    else if (word === 'default') machines.push({});
    else if (word === 'login' || word === 'password' || word === 'account') {
      const value = words.next().value;
      const machine = machines.at(-1);
      if (machine && value !== undefined && word !== 'account') machine[word] = value;
    }
  }
  return machines;
}
