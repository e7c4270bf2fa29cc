import type { SentRequest } from '../../../client/https-client.ts';

/**
 * What `-v` tells of a request, in the form of kubectl's log: from 6 on what was asked and answered, from 7 on the request's headers, from 8 on those of the answer and the
 * request's body, from 9 on a curl command. Credentials are masked.
 */
export function requestLog(request: SentRequest, { verbosity, now, pid }: { readonly verbosity: number; readonly now: Date; readonly pid: number }): string {
  const line = (source: string, text: string): string => `${logHead(now, pid)} ${source}] ${text}\n`;
  const { method, url, status, tookMs } = request;
  const named = `verb="${method}" url=${JSON.stringify(url)}`;
  const answered = `status="${status} ${process.getBuiltinModule('node:http').STATUS_CODES[status] ?? ''}"`;
  const took = `milliseconds=${Math.round(tookMs)}`;
  if (verbosity < 7) return line('round_trippers.go:632', `"Response" ${named} ${answered} ${took}`);
  const sent = shown(request.headers);
  const asked = verbosity < 9 ? `${named} headers=<\n${sent.map((header) => `\t${header}\n`).join('')} >` : `curlCommand=<\n\t${curl(request, sent)}\n >`;
  const received =
    verbosity < 8
      ? ''
      : ` headers=<\n${shown(request.answerHeaders)
          .map((header) => `\t${header}\n`)
          .join('')} >`;
  return [
    verbosity < 8 ? '' : line('helper.go:105', `"Request Body" body=${JSON.stringify(shortened(request.body?.toString('utf8') ?? '', verbosity))}`),
    line('round_trippers.go:527', `"Request" ${asked}`),
    line('round_trippers.go:632', `"Response"${verbosity < 9 ? '' : ` ${named}`} ${answered}${received} ${took}`),
  ].join('');
}

/** As klog: the kind of line, month and day, time, process. */
function logHead(now: Date, pid: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const time = `${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}.${String(now.getMilliseconds()).padStart(3, '0')}000`;
  return `I${two(now.getMonth() + 1)}${two(now.getDate())} ${time} ${String(pid).padStart(7)}`;
}

/** `Name: value` by name; of credentials only their kind. */
function shown(headers: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(headers)
    .filter(([name, value]) => value !== undefined && !name.startsWith(':'))
    .flatMap(([name, value]) => [value].flat().map((one) => `${name.replace(/(^|-)([a-z])/g, (part) => part.toUpperCase())}: ${masked(name, String(one))}`))
    .sort();
}

const masked = (name: string, value: string): string => (name === 'authorization' ? value.replace(/^(\S+) .*$/s, '$1 <masked>') : value);

const curl = ({ method, url }: SentRequest, headers: readonly string[]): string =>
  `curl -v -X${method} ${headers.map((header) => ` -H ${JSON.stringify(header)}`).join('')} '${url}'`;

/** As much of a body as kubectl shows. */
function shortened(text: string, verbosity: number): string {
  const limit = verbosity >= 10 ? Infinity : verbosity === 9 ? 10_240 : 1_024;
  return text.length <= limit ? text : `${text.slice(0, limit)} [truncated ${text.length - limit} chars]`;
}
