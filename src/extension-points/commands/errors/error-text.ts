import { ApiError } from '../../../api/status.ts';
import { ConfigurationInvalid, contextNotFound } from '../../../client/configuration-invalid.ts';
import { NoAnswer } from '../../../client/no-answer.ts';
import { UnreadableAnswer } from '../../../client/unreadable-answer.ts';
import { ExitCode, ManyErrors } from './command-errors.ts';
import { connectionProblem, isRefused } from './connection-problem.ts';
import { StoppedBySignal } from './stopped-by-signal.ts';

/** What a failed command prints on standard error, its exit code, and what belongs to standard output: the wording kubectl gives each kind of error. */
export function failureOf(error: unknown): { readonly text: string; readonly code: number; readonly output: string } {
  if (error instanceof ExitCode) return { text: withNewline(error.message), code: error.code, output: error.output };
  if (error instanceof StoppedBySignal) return { text: '', code: error.exitCode, output: '' };
  return { text: withNewline(failureText(error)), code: 1, output: '' };
}

function failureText(error: unknown): string {
  if (error instanceof ManyErrors) {
    if (error.errors.length === 1) return failureText(error.errors[0]);
    return error.errors.map((one) => `${messageOf(one)}\n`).join('');
  }
  if (error instanceof ApiError && error.reason === 'Invalid') return invalidText(error);
  if (error instanceof ConfigurationInvalid) return configurationText(error.problems);
  const standard = standardMessage(error);
  if (standard !== undefined) return standard;
  const message = textOf(error);
  return message.startsWith('error: ') ? message : `error: ${message}`;
}

/** The message of one error among several, or inside another text: no `error: ` in front. */
export const messageOf = (error: unknown): string => standardMessage(error) ?? textOf(error);

/** The wording of refusals and of connections that failed; undefined for any other error. */
export function standardMessage(error: unknown): string | undefined {
  if (error instanceof NoAnswer) {
    if (isRefused(error.cause)) return `The connection to the server ${hostOf(error.server)} was refused - did you specify the right host or port?`;
    return `Unable to connect to the server: ${connectionProblem(error.cause)}`;
  }
  if (!(error instanceof ApiError) || error instanceof UnreadableAnswer) return undefined;
  if (error.reason === 'Unauthorized') return `error: You must be logged in to the server (${error.message})`;
  return error.reason === '' ? `Error from server: ${error.message}` : `Error from server (${error.reason}): ${error.message}`;
}

function invalidText(error: ApiError): string {
  const { details, message } = error;
  if (!details) return `The request is invalid${message === '' ? '' : `: ${message}`}`;
  const causes = details.causes ?? [];
  let start = 'The request is invalid';
  if (details.kind || details.name) start = `The ${details.kind ?? ''} ${JSON.stringify(details.name ?? '')} is invalid`;
  else if (message !== '' && causes.length === 0) start += `: ${message}`;
  if (causes.length === 0) return start;
  return multiline(`${start}: `, [...new Set(causes.map((cause) => `${cause.field ?? ''}: ${cause.message ?? ''}`))]);
}

/** One problem is an error as any other, but for a context that is not there. */
function configurationText(problems: readonly string[]): string {
  const [first = ''] = problems;
  return problems.length === 1 && !first.startsWith(contextNotFound) ? `error: ${first}` : multiline('Error in configuration: ', problems);
}

const multiline = (start: string, lines: readonly string[]): string =>
  lines.length === 1 ? `${start}${lines[0]}\n` : `${start}\n${lines.map((line) => `* ${line}\n`).join('')}`;

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const withNewline = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`);

function hostOf(server: string): string {
  return URL.canParse(server) ? hostWithPort(server) : server;
}

/** `URL.host` leaves the default port out; so does Go when the text had none. */
const hostWithPort = (server: string): string => /^[a-z]+:\/\/([^/?#]*@)?([^/?#]*)/i.exec(server)?.[2] ?? server;
